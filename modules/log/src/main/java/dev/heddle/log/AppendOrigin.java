package dev.heddle.log;

/** Who appends, which decides what is checked. */
public enum AppendOrigin {
    /** A producer: every check applies. */
    CLIENT,
    /** A coordinator of this broker, which may write control records and skip sequence checks. */
    COORDINATOR,
    /** A leader that this replica follows: offsets and epochs are taken as they are. */
    REPLICATION,
    /** The metadata log's own writer: offsets and epochs are already in the batches. */
    RAFT_LEADER
}
