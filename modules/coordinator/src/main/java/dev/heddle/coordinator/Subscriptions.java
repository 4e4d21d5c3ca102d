package dev.heddle.coordinator;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads, out of what consumers say to their leader, which topics they subscribe to. Any thread may call it that holds
 * the group's lock.
 */
final class Subscriptions {

    private static final Logger LOG = LoggerFactory.getLogger(Subscriptions.class);

    private Subscriptions() {}

    /** The topics of all members; null when the group is not one of consumers, or says what we cannot read. */
    static @Nullable Set<String> of(ClassicGroup group) {
        if (!group.usesConsumerProtocol()) return null;
        if (group.size() == 0) return Set.of();
        if (group.protocolName() == null) return null;
        Set<String> topics = new HashSet<>();
        try {
            for (Member member : group.members()) {
                // Later versions only add to the end, so version 0 reads them all.
                ByteBuffer metadata = ByteBuffer.wrap(group.metadataOf(member));
                ConsumerProtocol.deserializeVersion(metadata);
                topics.addAll(ConsumerProtocol.deserializeConsumerProtocolSubscription(metadata, (short) 0)
                        .topics());
            }
        } catch (RuntimeException e) {
            // The members may say anything to each other, and the codec throws what it likes at what it cannot read.
            LOG.debug("A member's subscription cannot be read: protocol={}", group.protocolName(), e);
            return null;
        }
        return topics;
    }
}
