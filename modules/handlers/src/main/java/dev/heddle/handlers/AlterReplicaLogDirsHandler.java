package dev.heddle.handlers;

import dev.heddle.common.AnswerException;
import dev.heddle.replication.ReplicaMover;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.AlterReplicaLogDirsResponseData;
import org.apache.kafka.common.message.AlterReplicaLogDirsResponseData.AlterReplicaLogDirPartitionResult;
import org.apache.kafka.common.message.AlterReplicaLogDirsResponseData.AlterReplicaLogDirTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.AlterReplicaLogDirsRequest;
import org.apache.kafka.common.requests.AlterReplicaLogDirsResponse;

/** AlterReplicaLogDirs: begins to move replicas to other log directories (KIP-113). Any thread may call it. */
final class AlterReplicaLogDirsHandler implements ApiHandler {

    private final ReplicaMover mover;

    AlterReplicaLogDirsHandler(ReplicaMover mover) {
        this.mover = mover;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.ALTER_REPLICA_LOG_DIRS;
    }

    @Override
    public AbstractResponse handle(Request request, Access access) {
        if (!access.allowsOnCluster(AclOperation.ALTER)) throw new AnswerException(Errors.CLUSTER_AUTHORIZATION_FAILED);
        AlterReplicaLogDirsRequest asked = request.body();
        Map<String, List<AlterReplicaLogDirPartitionResult>> results = new TreeMap<>();
        asked.partitionDirs()
                .forEach((topicPartition, path) -> results.computeIfAbsent(
                                topicPartition.topic(), topic -> new ArrayList<>())
                        .add(new AlterReplicaLogDirPartitionResult()
                                .setPartitionIndex(topicPartition.partition())
                                .setErrorCode(move(topicPartition, path).code())));
        var response = new AlterReplicaLogDirsResponseData();
        results.forEach((topic, partitions) -> response.results()
                .add(new AlterReplicaLogDirTopicResult().setTopicName(topic).setPartitions(partitions)));
        return new AlterReplicaLogDirsResponse(response);
    }

    private Errors move(TopicPartition topicPartition, String path) {
        try {
            mover.move(topicPartition, path);
            return Errors.NONE;
        } catch (RuntimeException e) {
            return PartitionErrors.of(topicPartition, e);
        }
    }
}
