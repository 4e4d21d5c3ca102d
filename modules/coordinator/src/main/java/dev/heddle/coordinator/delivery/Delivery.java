package dev.heddle.coordinator.delivery;

import dev.heddle.log.LogSlice;
import java.util.List;
import org.apache.kafka.common.message.ShareFetchResponseData.AcquiredRecords;

/**
 * Records that a member has acquired. Immutable.
 *
 * @param records the batches that hold them; others may be in them too
 * @param acquired which of the records are the member's; empty if it got none
 * @param again whether it is worth trying again at once, though it got none: what was in the way is out of it
 */
public record Delivery(LogSlice records, List<AcquiredRecords> acquired, boolean again) {

    static final Delivery NOTHING = new Delivery(LogSlice.EMPTY, List.of(), false);

    static final Delivery TRY_AGAIN = new Delivery(LogSlice.EMPTY, List.of(), true);

    /** How many offsets were acquired. */
    public long count() {
        long count = 0;
        for (AcquiredRecords range : acquired) count += range.lastOffset() - range.firstOffset() + 1;
        return count;
    }
}
