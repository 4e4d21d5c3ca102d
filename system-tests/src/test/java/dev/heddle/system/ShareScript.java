package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgePartition;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgeTopic;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgementBatch;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchPartition;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchTopic;
import org.apache.kafka.common.message.ShareFetchResponseData.AcquiredRecords;
import org.apache.kafka.common.message.ShareFetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.ProduceResponse;
import org.apache.kafka.common.requests.ShareAcknowledgeResponse;
import org.apache.kafka.common.requests.ShareFetchResponse;

/** A random story of three members that share a partition, told to one broker. Used by one thread. */
final class ShareScript {

    private static final int MEMBERS = 3;
    private static final int FIRST_WAIT_MS = 10_000;

    private record Range(long first, long last) {}

    private final Random random;
    private final String group;
    private final Uuid topic;
    private final RawConnection connection;
    private final int[] epochs = new int[MEMBERS];
    private final List<List<Range>> held = new ArrayList<>();
    private final List<Range> past = new ArrayList<>();
    private long end;

    private ShareScript(Random random, String group, Uuid topic, RawConnection connection) {
        this.random = random;
        this.group = group;
        this.topic = topic;
        this.connection = connection;
        for (int i = 0; i < MEMBERS; i++) held.add(new ArrayList<>());
    }

    /** Tells the same story to two brokers, step by step, which must say the same at every step. */
    static void tell(long seed, int steps, DifferentialSide reference, DifferentialSide tested) {
        ShareScript expected = begin(seed, reference.clients(), reference.connection());
        ShareScript actual = begin(seed, tested.clients(), tested.connection());
        var story = new ArrayList<String>();
        for (int i = 0; i < steps; i++) {
            story.add(expected.step());
            assertEquals(story.getLast(), actual.step(), () -> "seed " + seed + "\n" + String.join("\n", story));
        }
    }

    /** Prepares topic and group, and the members' sessions. */
    private static ShareScript begin(long seed, Clients clients, RawConnection connection) {
        var random = new Random(seed);
        String group = "share-seed-" + seed;
        Map<String, String> settings = new HashMap<>();
        settings.put("share.auto.offset.reset", "earliest");
        settings.put("share.delivery.count.limit", String.valueOf(2 + random.nextInt(6)));
        if (random.nextBoolean()) settings.put("share.partition.max.record.locks", "100");
        Clients.get(clients.admin()
                .incrementalAlterConfigs(Map.of(
                        new ConfigResource(ConfigResource.Type.GROUP, group),
                        settings.entrySet().stream()
                                .map(entry -> new AlterConfigOp(
                                        new ConfigEntry(entry.getKey(), entry.getValue()), AlterConfigOp.OpType.SET))
                                .toList()))
                .all());
        clients.createLedTopic(group, 1, Map.of());
        ShareScenarios.join(connection, group, group);
        var script = new ShareScript(random, group, clients.topicId(group), connection);
        script.openSessions();
        return script;
    }

    private void openSessions() {
        append(1);
        for (int member = 0; member < MEMBERS; member++) {
            ShareFetchRequestData request = ask(member, 1, 1, false).setMaxWaitMs(member == 0 ? FIRST_WAIT_MS : 0);
            var named = new FetchTopic().setTopicId(topic);
            named.partitions().add(new FetchPartition().setPartitionIndex(0));
            request.topics().add(named);
            fetch(member, request);
        }
    }

    /** One step, chosen at random; says what came of it. */
    String step() {
        int member = random.nextInt(MEMBERS);
        int maxRecords = 1 + random.nextInt(30);
        int batchSize = 1 + random.nextInt(20);
        boolean exact = random.nextInt(3) == 0;
        return switch (random.nextInt(9)) {
            case 0, 1 -> append(1 + random.nextInt(14));
            case 2, 3, 4 -> "fetch " + fetch(member, ask(member, maxRecords, batchSize, exact));
            case 5 -> "wrong " + acknowledge(member, wrong(member), List.of((byte) 1));
            default -> acknowledge(member);
        };
    }

    private String append(int count) {
        var records = new SimpleRecord[count];
        for (int i = 0; i < count; i++) records[i] = new SimpleRecord(1_000L, null, ("v" + (end + i)).getBytes());
        var data = new TopicProduceData().setTopicId(topic);
        data.partitionData()
                .add(new PartitionProduceData()
                        .setIndex(0)
                        .setRecords(MemoryRecords.withRecords(Compression.NONE, records)));
        var request = new ProduceRequestData().setAcks((short) -1).setTimeoutMs(30_000);
        request.topicData().add(data);
        ProduceResponse answer = connection.ask(ApiKeys.PRODUCE, ApiKeys.PRODUCE.latestVersion(), request);
        assertEquals(
                Errors.NONE.code(),
                answer.data()
                        .responses()
                        .iterator()
                        .next()
                        .partitionResponses()
                        .getFirst()
                        .errorCode());
        end += count;
        return "append " + count;
    }

    private ShareFetchRequestData ask(int member, int maxRecords, int batchSize, boolean exact) {
        return new ShareFetchRequestData()
                .setGroupId(group)
                .setMemberId("member-" + member)
                .setShareSessionEpoch(epochs[member]++)
                .setMinBytes(1)
                .setMaxBytes(1_000_000)
                .setMaxRecords(maxRecords)
                .setBatchSize(batchSize)
                .setShareAcquireMode((byte) (exact ? 1 : 0));
    }

    private String fetch(int member, ShareFetchRequestData request) {
        ShareFetchResponse answer = connection.ask(ApiKeys.SHARE_FETCH, ApiKeys.SHARE_FETCH.latestVersion(), request);
        assertEquals(Errors.NONE, answer.error());
        var found = answer.data().responses().find(topic);
        if (found == null) return member + ": nothing";
        PartitionData partition = found.partitions().getFirst();
        assertEquals(Errors.NONE.code(), partition.errorCode());
        var shown = new StringBuilder(member + ":");
        for (AcquiredRecords records : partition.acquiredRecords()) {
            held.get(member).add(new Range(records.firstOffset(), records.lastOffset()));
            shown.append(' ')
                    .append(records.firstOffset())
                    .append('-')
                    .append(records.lastOffset())
                    .append('x')
                    .append(records.deliveryCount());
        }
        return shown.toString();
    }

    /** Says something of all or a part of a range that the member has. */
    private String acknowledge(int member) {
        List<Range> mine = held.get(member);
        if (mine.isEmpty()) return "";
        Range range = mine.remove(random.nextInt(mine.size()));
        long first = range.first;
        long last = range.last;
        if (random.nextInt(3) == 0) {
            last = first + random.nextInt((int) (last - first + 1));
            if (last < range.last) mine.add(new Range(last + 1, range.last));
        }
        List<Byte> types = new ArrayList<>();
        if (random.nextBoolean()) types.add(type());
        else for (long offset = first; offset <= last; offset++) types.add(type());
        past.add(new Range(first, last));
        return "acknowledge " + acknowledge(member, new Range(first, last), types);
    }

    /** Releases are frequent, so that records come to their last attempts. */
    private byte type() {
        return (byte) new int[] {0, 1, 1, 2, 2, 2, 2, 3}[random.nextInt(8)];
    }

    /** Of somebody else, of the past, or of a future. */
    private Range wrong(int member) {
        List<Range> others = held.get((member + 1) % MEMBERS);
        return switch (random.nextInt(3)) {
            case 0 -> others.isEmpty() ? new Range(end, end + 2) : others.get(random.nextInt(others.size()));
            case 1 -> past.isEmpty() ? new Range(end, end + 2) : past.get(random.nextInt(past.size()));
            default -> new Range(end, end + 2);
        };
    }

    private String acknowledge(int member, Range range, List<Byte> types) {
        var batch = new AcknowledgementBatch()
                .setFirstOffset(range.first)
                .setLastOffset(range.last)
                .setAcknowledgeTypes(types);
        var named = new AcknowledgeTopic().setTopicId(topic);
        named.partitions()
                .add(new AcknowledgePartition().setPartitionIndex(0).setAcknowledgementBatches(List.of(batch)));
        var request = new ShareAcknowledgeRequestData()
                .setGroupId(group)
                .setMemberId("member-" + member)
                .setShareSessionEpoch(epochs[member]++);
        request.topics().add(named);
        ShareAcknowledgeResponse answer =
                connection.ask(ApiKeys.SHARE_ACKNOWLEDGE, ApiKeys.SHARE_ACKNOWLEDGE.latestVersion(), request);
        assertEquals(Errors.NONE.code(), answer.data().errorCode());
        Errors error = Errors.forCode(
                answer.data().responses().find(topic).partitions().getFirst().errorCode());
        return member + ": " + range.first + "-" + range.last + " " + types + " " + error;
    }
}
