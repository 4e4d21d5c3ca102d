package dev.heddle.metadata;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.jspecify.annotations.Nullable;

/**
 * Who leads a partition when one broker alone can: that broker, if it may. Stateless; called under the controller's lock.
 *
 * <p>For maintainers: the order is Kafka's. Whoever is in sync leads; with an empty ISR, whoever is in the ELR; with an
 * empty ELR too, the last leader that is known, which counts as unclean; anyone else only where unclean elections are
 * allowed (KIP-966). A leader that stays but may have lost the end of its log in a crash begins a new epoch, so that
 * clients and followers can see it (KIP-320).
 */
final class LeaderElection {

    private static final byte RECOVERING = 1;

    private final int brokerId;
    private final EffectiveTopicConfigs configs;
    private final ControllerMetrics metrics;

    LeaderElection(int brokerId, EffectiveTopicConfigs configs, ControllerMetrics metrics) {
        this.brokerId = brokerId;
        this.configs = configs;
        this.metrics = metrics;
    }

    /**
     * The broker is alive, and nobody else is: makes it the leader of what it may lead.
     *
     * @param newEpochs whether a new epoch begins where it leads already
     */
    List<VersionedRecord> elect(MetadataImage image, boolean newEpochs) {
        List<VersionedRecord> changes = new ArrayList<>();
        for (TopicImage topic : image.topics().all()) {
            for (PartitionImage partition : topic.partitions().values()) {
                add(changes, image, topic.id(), elect(image, topic.name(), partition, newEpochs));
            }
        }
        return changes;
    }

    /** These partitions' replicas on the broker are gone: it leads them no longer. */
    List<VersionedRecord> resign(MetadataImage image, List<Uuid> directories) {
        List<VersionedRecord> changes = new ArrayList<>();
        for (TopicImage topic : image.topics().all()) {
            for (PartitionImage partition : topic.partitions().values()) {
                int replica = partition.replicas().indexOf(brokerId);
                if (replica < 0 || !directories.contains(partition.directories().get(replica))) continue;
                add(changes, image, topic.id(), resign(image, topic.name(), partition));
            }
        }
        return changes;
    }

    private static void add(
            List<VersionedRecord> changes, MetadataImage image, Uuid topicId, @Nullable PartitionChangeRecord change) {
        if (change == null) return;
        short version = MetadataVersion.partitionRecordVersion(image.features().metadataVersion());
        changes.add(new VersionedRecord(change.setTopicId(topicId), version));
    }

    private @Nullable PartitionChangeRecord elect(
            MetadataImage image, String topic, PartitionImage partition, boolean newEpochs) {
        boolean leads = partition.leader() == brokerId;
        if (leads && !newEpochs && partition.isr().equals(List.of(brokerId))) return null;
        if (!partition.replicas().contains(brokerId)) return leaderless(partition);
        boolean fromElr = partition.isr().isEmpty() && partition.elr().contains(brokerId);
        if (partition.isr().contains(brokerId) || fromElr) {
            if (fromElr) metrics.elected(false);
            PartitionChangeRecord change = change(partition);
            if (!leads || newEpochs) change.setLeader(brokerId);
            if (!partition.isr().equals(List.of(brokerId))) change.setIsr(List.of(brokerId));
            return withElr(change, partition, elrBeside(image, topic, partition));
        }
        if (!mayLeadUncleanly(image, topic, partition)) return leaderless(partition);
        metrics.elected(true);
        PartitionChangeRecord change = change(partition).setLeader(brokerId).setIsr(List.of(brokerId));
        if (partition.leaderRecoveryState() != RECOVERING) change.setLeaderRecoveryState(RECOVERING);
        return withElr(change, partition, List.of());
    }

    private boolean mayLeadUncleanly(MetadataImage image, String topic, PartitionImage partition) {
        boolean lastKnown = partition.isr().isEmpty()
                && partition.elr().isEmpty()
                && partition.lastKnownElr().equals(List.of(brokerId));
        return lastKnown
                || Boolean.parseBoolean(configs.value(image.configs(), topic, "unclean.leader.election.enable"));
    }

    /** Those who were in sync and are gone: eligible, as long as fewer than the minimum are left in sync. */
    private List<Integer> elrBeside(MetadataImage image, String topic, PartitionImage partition) {
        if (!Features.eligibleLeaderReplicas(image.features())) return List.of();
        if (minInSyncReplicas(image, topic, partition) <= 1) return List.of();
        List<Integer> eligible = new ArrayList<>(partition.elr());
        partition.isr().stream().filter(id -> !eligible.contains(id)).forEach(eligible::add);
        eligible.remove((Integer) brokerId);
        return eligible;
    }

    private int minInSyncReplicas(MetadataImage image, String topic, PartitionImage partition) {
        String value = configs.value(image.configs(), topic, "min.insync.replicas");
        int configured = value == null ? 1 : Integer.parseInt(value);
        return Math.min(configured, partition.replicas().size());
    }

    private @Nullable PartitionChangeRecord leaderless(PartitionImage partition) {
        return partition.hasLeader() ? change(partition).setLeader(PartitionImage.NO_LEADER) : null;
    }

    private @Nullable PartitionChangeRecord resign(MetadataImage image, String topic, PartitionImage partition) {
        if (partition.leader() != brokerId) return null;
        PartitionChangeRecord change = change(partition).setLeader(PartitionImage.NO_LEADER);
        // Without eligible leader replicas, the last one in sync stays there.
        if (!Features.eligibleLeaderReplicas(image.features())) return change;
        List<Integer> isr =
                partition.isr().stream().filter(id -> id != brokerId).toList();
        change.setIsr(isr);
        if (partition.lastKnownElr().isEmpty()) change.setLastKnownElr(List.of(brokerId));
        List<Integer> eligible = new ArrayList<>(partition.elr());
        if (isr.size() < minInSyncReplicas(image, topic, partition) && !eligible.contains(brokerId)) {
            eligible.add(brokerId);
        }
        return eligible.equals(partition.elr()) ? change : change.setEligibleLeaderReplicas(eligible);
    }

    private static PartitionChangeRecord change(PartitionImage partition) {
        return new PartitionChangeRecord().setPartitionId(partition.id());
    }

    private static PartitionChangeRecord withElr(
            PartitionChangeRecord change, PartitionImage partition, List<Integer> elr) {
        if (!partition.elr().equals(elr)) change.setEligibleLeaderReplicas(elr);
        if (!partition.lastKnownElr().isEmpty()) change.setLastKnownElr(List.of());
        return change;
    }
}
