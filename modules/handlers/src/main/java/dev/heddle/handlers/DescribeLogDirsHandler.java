package dev.heddle.handlers;

import dev.heddle.log.LogDirectories;
import dev.heddle.log.LogDirectory;
import dev.heddle.log.LogManager;
import dev.heddle.log.PartitionLog;
import dev.heddle.replication.Partition;
import dev.heddle.replication.ReplicaManager;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.DescribeLogDirsRequestData.DescribableLogDirTopic;
import org.apache.kafka.common.message.DescribeLogDirsResponseData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsPartition;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsResult;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.DescribeLogDirsRequest;
import org.apache.kafka.common.requests.DescribeLogDirsResponse;
import org.jspecify.annotations.Nullable;

/** DescribeLogDirs: what each log directory holds, and how much room it has. Any thread may call it. */
final class DescribeLogDirsHandler implements ApiHandler {

    private final LogDirectories directories;
    private final LogManager logs;
    private final ReplicaManager replicaManager;

    DescribeLogDirsHandler(LogDirectories directories, LogManager logs, ReplicaManager replicaManager) {
        this.directories = directories;
        this.logs = logs;
        this.replicaManager = replicaManager;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.DESCRIBE_LOG_DIRS;
    }

    @Override
    public AbstractResponse handle(Request request, Access access) {
        DescribeLogDirsRequest asked = request.body();
        if (!access.allowsOnCluster(AclOperation.DESCRIBE)) {
            return new DescribeLogDirsResponse(
                    new DescribeLogDirsResponseData().setErrorCode(Errors.CLUSTER_AUTHORIZATION_FAILED.code()));
        }
        Set<TopicPartition> wanted = asked.isAllTopicPartitions() ? null : partitionsOf(asked);
        Map<LogDirectory, Map<String, DescribeLogDirsTopic>> topics = new HashMap<>();
        List<PartitionLog> all = new ArrayList<>(logs.logs());
        all.addAll(logs.futures().all());
        for (PartitionLog log : all) {
            if (wanted == null || wanted.contains(log.topicPartition())) {
                topics.computeIfAbsent(log.directory(), directory -> new TreeMap<>())
                        .computeIfAbsent(log.topicPartition().topic(), DescribeLogDirsHandler::topic)
                        .partitions()
                        .add(describe(log));
            }
        }
        List<DescribeLogDirsResult> results = new ArrayList<>();
        for (LogDirectory directory : directories.all()) results.add(describe(directory, topics.get(directory)));
        return new DescribeLogDirsResponse(new DescribeLogDirsResponseData().setResults(results));
    }

    private static Set<TopicPartition> partitionsOf(DescribeLogDirsRequest asked) {
        Set<TopicPartition> partitions = new HashSet<>();
        for (DescribableLogDirTopic topic : asked.data().topics()) {
            for (int partition : topic.partitions()) partitions.add(new TopicPartition(topic.topic(), partition));
        }
        return partitions;
    }

    private static DescribeLogDirsTopic topic(String name) {
        return new DescribeLogDirsTopic().setName(name);
    }

    private DescribeLogDirsPartition describe(PartitionLog log) {
        return new DescribeLogDirsPartition()
                .setPartitionIndex(log.topicPartition().partition())
                .setPartitionSize(log.sizeInBytes())
                .setOffsetLag(offsetLagOf(log))
                .setIsFutureKey(log.isFuture());
    }

    /** How far the log is behind what is committed, or a future log behind the current one; of no replica can that be told. */
    private long offsetLagOf(PartitionLog log) {
        Partition partition = replicaManager.replicaOrNull(log.topicPartition());
        PartitionLog current = logs.log(log.topicPartition());
        if (current == null || partition == null || partition.error() == Errors.KAFKA_STORAGE_ERROR)
            return DescribeLogDirsResponse.INVALID_OFFSET_LAG;
        return log.isFuture()
                ? current.logEndOffset() - log.logEndOffset()
                : Math.max(0, current.highWatermark() - log.logEndOffset());
    }

    private static DescribeLogDirsResult describe(
            LogDirectory directory, @Nullable Map<String, DescribeLogDirsTopic> topics) {
        var result = new DescribeLogDirsResult()
                .setLogDir(directory.path().toAbsolutePath().toString());
        if (!directory.online()) return result.setErrorCode(Errors.KAFKA_STORAGE_ERROR.code());
        return result.setErrorCode(Errors.NONE.code())
                .setTotalBytes(directory.totalBytes())
                .setUsableBytes(directory.usableBytes())
                .setTopics(topics == null ? List.of() : List.copyOf(topics.values()));
    }
}
