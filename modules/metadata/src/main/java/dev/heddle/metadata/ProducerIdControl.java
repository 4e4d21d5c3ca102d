package dev.heddle.metadata;

import dev.heddle.common.AnswerException;
import java.util.List;
import org.apache.kafka.common.metadata.ProducerIdsRecord;
import org.apache.kafka.common.protocol.Errors;

/** Gives producer ids away, a block at a time. Stateless; called under the controller's lock. */
final class ProducerIdControl {

    private ProducerIdControl() {}

    /**
     * The next block.
     *
     * @throws AnswerException if there is none left, or {@code STALE_BROKER_EPOCH} if the broker is not registered
     */
    static ControllerResult<ProducerIdsBlock> allocate(MetadataImage image, int brokerId) {
        BrokerImage broker = image.cluster().broker(brokerId);
        if (broker == null) {
            throw new AnswerException(
                    Errors.STALE_BROKER_EPOCH, "No broker registration found for broker id " + brokerId);
        }
        long first = Math.max(image.producerIds().nextProducerId(), 0);
        if (first > Long.MAX_VALUE - ProducerIdsBlock.SIZE) {
            throw new AnswerException(Errors.UNKNOWN_SERVER_ERROR, "There are no producer ids left");
        }
        var block = new ProducerIdsBlock(first, ProducerIdsBlock.SIZE);
        var record = new ProducerIdsRecord()
                .setBrokerId(brokerId)
                .setBrokerEpoch(broker.epoch())
                .setNextProducerId(block.next());
        return new ControllerResult<>(List.of(VersionedRecord.of(record, 0)), block);
    }
}
