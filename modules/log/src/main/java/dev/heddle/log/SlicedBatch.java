package dev.heddle.log;

import java.io.IOException;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * What the header of a batch says, and where the batch lies in its {@link LogSlice}. Immutable.
 *
 * @param position first byte within the slice
 * @param producerId the producer, -1 if it is none in particular
 * @param transactionalData whether it holds records of a transaction; its markers are none
 */
public record SlicedBatch(
        int position, int sizeInBytes, long baseOffset, long lastOffset, long producerId, boolean transactionalData) {

    static SlicedBatch of(BatchCursor cursor, int sliceStart) throws IOException {
        RecordBatch header = cursor.header();
        return new SlicedBatch(
                cursor.position() - sliceStart,
                cursor.sizeInBytes(),
                header.baseOffset(),
                header.lastOffset(),
                header.producerId(),
                header.isTransactional() && !header.isControlBatch());
    }
}
