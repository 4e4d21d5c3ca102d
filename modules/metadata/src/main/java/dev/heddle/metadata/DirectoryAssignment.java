package dev.heddle.metadata;

import dev.heddle.common.AnswerException;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData;
import org.apache.kafka.common.message.AssignReplicasToDirsResponseData;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** Which directory of a broker holds which replica (KIP-858). Stateless; called under the controller's lock. */
final class DirectoryAssignment {

    private DirectoryAssignment() {}

    /**
     * Notes where replicas are.
     *
     * @throws AnswerException {@code STALE_BROKER_EPOCH}, or {@code UNSUPPORTED_VERSION} before metadata.version 3.7-IV2
     */
    static ControllerResult<AssignReplicasToDirsResponseData> assign(
            MetadataImage image, AssignReplicasToDirsRequestData request) {
        if (!MetadataVersion.hasDirectoryAssignment(image.features().metadataVersion())) {
            throw new AnswerException(Errors.UNSUPPORTED_VERSION, "Directory assignment is not supported yet.");
        }
        BrokerControl.current(image, request.brokerId(), request.brokerEpoch());
        List<VersionedRecord> records = new ArrayList<>();
        var response = new AssignReplicasToDirsResponseData();
        for (var directory : request.directories()) {
            var answered = new AssignReplicasToDirsResponseData.DirectoryData().setId(directory.id());
            response.directories().add(answered);
            for (var topic : directory.topics()) {
                var answeredTopic = new AssignReplicasToDirsResponseData.TopicData().setTopicId(topic.topicId());
                answered.topics().add(answeredTopic);
                for (var partition : topic.partitions()) {
                    Errors error = assign(
                            image,
                            request.brokerId(),
                            directory.id(),
                            topic.topicId(),
                            partition.partitionIndex(),
                            records);
                    answeredTopic
                            .partitions()
                            .add(new AssignReplicasToDirsResponseData.PartitionData()
                                    .setPartitionIndex(partition.partitionIndex())
                                    .setErrorCode(error.code()));
                }
            }
        }
        return new ControllerResult<>(records, response);
    }

    private static Errors assign(
            MetadataImage image,
            int brokerId,
            Uuid directory,
            Uuid topicId,
            int partition,
            List<VersionedRecord> records) {
        TopicImage topic = image.topics().topic(topicId);
        if (topic == null) return Errors.UNKNOWN_TOPIC_ID;
        @Nullable PartitionImage existing = topic.partition(partition);
        if (existing == null) return Errors.UNKNOWN_TOPIC_OR_PARTITION;
        int replica = existing.replicas().indexOf(brokerId);
        if (replica < 0) return Errors.NOT_LEADER_OR_FOLLOWER;
        if (existing.directories().get(replica).equals(directory)) return Errors.NONE;
        List<Uuid> directories = new ArrayList<>(existing.directories());
        directories.set(replica, directory);
        records.add(new VersionedRecord(
                new PartitionChangeRecord()
                        .setTopicId(topicId)
                        .setPartitionId(partition)
                        .setDirectories(directories),
                MetadataVersion.partitionRecordVersion(image.features().metadataVersion())));
        return Errors.NONE;
    }
}
