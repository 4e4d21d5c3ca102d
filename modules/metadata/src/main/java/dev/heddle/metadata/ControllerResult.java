package dev.heddle.metadata;

import java.util.List;

/**
 * What a change comes to: the records to append, and the answer once they are. Immutable: any thread may read it.
 *
 * @param records to append, in order; empty if nothing changes
 * @param response to give when they are applied
 */
record ControllerResult<T>(List<VersionedRecord> records, T response) {}
