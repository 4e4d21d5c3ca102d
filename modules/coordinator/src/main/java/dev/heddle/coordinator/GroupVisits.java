package dev.heddle.coordinator;

/** Looks at a group whose moment has come, and does what is due. Any thread may call it, without a lock. */
final class GroupVisits {

    private final Rebalancing rebalancing;
    private final Fencing fencing;
    private final ShareHeartbeats shares;
    private final StreamsFencing streamsFencing;

    GroupVisits(Rebalancing rebalancing, Fencing fencing, ShareHeartbeats shares, StreamsFencing streamsFencing) {
        this.shares = shares;
        this.rebalancing = rebalancing;
        this.fencing = fencing;
        this.streamsFencing = streamsFencing;
    }

    void visit(Expiry.Visit visit) {
        Group group = visit.group();
        group.lock().lock();
        try {
            if (group.isRemoved() || !group.timers().beginVisit(visit.atNanos())) return;
            try {
                switch (group.membership()) {
                    case ClassicGroup classic -> rebalancing.actOnAllDue(group);
                    case ConsumerGroup consumer -> fencing.fenceDue(group, consumer);
                    case ShareGroup share -> shares.fenceDue(group, share);
                    case StreamsGroup streams -> streamsFencing.actOnAllDue(group, streams);
                }
            } finally {
                group.timers().endVisit();
            }
        } finally {
            group.lock().unlock();
        }
    }
}
