package dev.heddle.handlers;

import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.metadata.PartitionImage;
import dev.heddle.metadata.TopicImage;
import dev.heddle.requestchannel.ConnectionInfo;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.Cursor;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponsePartition;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeTopicPartitionsRequest;
import org.apache.kafka.common.requests.DescribeTopicPartitionsResponse;
import org.apache.kafka.common.resource.ResourceType;
import org.jspecify.annotations.Nullable;

/**
 * DescribeTopicPartitions (KIP-966): topics and partitions in pages, in the order of their names. Any thread may call
 * it; it never waits.
 */
final class DescribeTopicPartitionsHandler implements ApiHandler {

    private final MetadataCache metadata;
    private final int maxPartitions;

    /** @param maxPartitions the most partitions of one answer, whatever the client asks for */
    DescribeTopicPartitionsHandler(MetadataCache metadata, int maxPartitions) {
        this.metadata = metadata;
        this.maxPartitions = maxPartitions;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.DESCRIBE_TOPIC_PARTITIONS;
    }

    @Override
    public boolean mayWait(Request request) {
        return false;
    }

    @Override
    public DescribeTopicPartitionsResponse handle(Request request, Access access) {
        return answer(request.body(), request.connection(), access);
    }

    DescribeTopicPartitionsResponse answer(
            DescribeTopicPartitionsRequest request, ConnectionInfo client, Access access) {
        DescribeTopicPartitionsRequestData data = request.data();
        MetadataImage image = metadata.image();
        boolean all = data.topics().isEmpty();
        int limit = Math.max(1, Math.min(maxPartitions, data.responsePartitionLimit()));
        var page = new Page(new PartitionDescriptions(image, client.listenerName()), data.cursor(), limit, access);
        Collection<String> asked = names(image, data);
        Predicate<String> describable = access.allowed(AclOperation.DESCRIBE, ResourceType.TOPIC, asked);
        Iterator<String> names = asked.stream().filter(describable).iterator();
        while (names.hasNext() && page.add(names.next(), all)) {}
        if (!all) asked.stream().filter(describable.negate()).forEach(page::addUnauthorized);
        return new DescribeTopicPartitionsResponse(page.response);
    }

    /** The topics from the cursor on, in order. */
    private static Collection<String> names(MetadataImage image, DescribeTopicPartitionsRequestData data) {
        DescribeTopicPartitionsRequestData.Cursor cursor = data.cursor();
        String first = cursor == null ? "" : cursor.topicName();
        if (cursor != null && cursor.partitionIndex() < 0) {
            throw new InvalidRequestException(
                    "DescribeTopicPartitionsRequest cursor partition must be valid: " + cursor);
        }
        if (data.topics().isEmpty())
            return image.topics().byName().tailMap(first).keySet();
        var names = new TreeSet<String>();
        data.topics().forEach(topic -> names.add(topic.name()));
        if (cursor != null && !names.contains(first)) {
            throw new InvalidRequestException(
                    "DescribeTopicPartitionsRequest topic list should contain the cursor topic: " + first);
        }
        return names.tailSet(first);
    }

    /** The answer while it fills. */
    private static final class Page {

        private final DescribeTopicPartitionsResponseData response = new DescribeTopicPartitionsResponseData();
        private final PartitionDescriptions descriptions;
        private final Access access;
        private final DescribeTopicPartitionsRequestData.@Nullable Cursor cursor;
        private int remaining;

        Page(
                PartitionDescriptions descriptions,
                DescribeTopicPartitionsRequestData.@Nullable Cursor cursor,
                int limit,
                Access access) {
            this.descriptions = descriptions;
            this.cursor = cursor;
            this.remaining = limit;
            this.access = access;
        }

        /** Adds a topic, or as much of it as there is room for; false if the answer is full. */
        boolean add(String name, boolean skipMissing) {
            if (remaining == 0) return fullAt(name, 0);
            TopicImage topic = descriptions.image().topics().topic(name);
            if (topic == null) {
                if (!skipMissing) addMissing(name);
                return true;
            }
            int first = cursor != null && cursor.topicName().equals(name) ? cursor.partitionIndex() : 0;
            int count = topic.partitions().size();
            int end = (int) Math.min(count, (long) first + remaining);
            addTopic(topic, first, end);
            return end >= count || fullAt(name, end);
        }

        private boolean fullAt(String name, int partition) {
            response.setNextCursor(new Cursor().setTopicName(name).setPartitionIndex(partition));
            return false;
        }

        private void addTopic(TopicImage topic, int first, int end) {
            List<DescribeTopicPartitionsResponsePartition> partitions = new ArrayList<>();
            for (int i = first; i < end; i++) {
                PartitionImage partition = topic.partition(i);
                if (partition != null) partitions.add(descriptions.describe(partition));
            }
            remaining -= partitions.size();
            response.topics()
                    .add(new DescribeTopicPartitionsResponseTopic()
                            .setName(topic.name())
                            .setTopicId(topic.id())
                            .setIsInternal(Topic.isInternal(topic.name()))
                            .setPartitions(partitions)
                            .setTopicAuthorizedOperations(AuthorizedOperations.onTopic(access, topic.name())));
        }

        /** Nothing tells whether there is such a topic. */
        void addUnauthorized(String name) {
            response.topics()
                    .add(new DescribeTopicPartitionsResponseTopic()
                            .setErrorCode(Errors.TOPIC_AUTHORIZATION_FAILED.code())
                            .setName(name));
        }

        private void addMissing(String name) {
            response.topics()
                    .add(new DescribeTopicPartitionsResponseTopic()
                            .setErrorCode(MetadataHandler.errorForMissing(name).code())
                            .setName(name)
                            .setIsInternal(Topic.isInternal(name))
                            .setTopicAuthorizedOperations(AuthorizedOperations.onTopic(access, name)));
        }
    }
}
