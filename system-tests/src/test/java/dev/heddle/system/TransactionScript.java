package dev.heddle.system;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopic;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopicCollection;
import org.apache.kafka.common.message.DescribeTransactionsRequestData;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.AddOffsetsToTxnResponse;
import org.apache.kafka.common.requests.AddPartitionsToTxnResponse;
import org.apache.kafka.common.requests.DescribeTransactionsResponse;
import org.apache.kafka.common.requests.EndTxnResponse;
import org.apache.kafka.common.requests.InitProducerIdResponse;
import org.apache.kafka.common.requests.ProduceResponse;
import org.apache.kafka.common.requests.TxnOffsetCommitResponse;

/**
 * Transactional producers of both protocol versions, right and wrong: with the newest epoch, an older one, one that does
 * not exist, with partitions that were added and others. One thread uses it.
 */
final class TransactionScript implements DifferentialScript {

    private static final String TOPIC = "differential";
    private static final int PARTITIONS = 2;
    private static final String GROUP = "differential-group";
    private static final List<String> IDS = List.of("alpha", "beta");

    /** A producer that was given out; the epoch may be one that was not. */
    private record Producer(String id, long producerId, short epoch) {

        Producer raised(int by) {
            return new Producer(id, producerId, (short) (epoch + by));
        }
    }

    /** Which producer a step is for: counted from the last that the id was given. */
    private record Choice(String id, int back, int raise) {

        Producer of(DifferentialSide side) {
            List<Producer> given = side.learned(id);
            if (given.isEmpty()) return new Producer(id, 77, (short) raise);
            return given.get(Math.max(0, given.size() - 1 - back)).raised(raise);
        }

        @Override
        public String toString() {
            return id + (back == 0 ? "" : "-" + back) + (raise == 0 ? "" : raise > 0 ? "+" + raise : raise);
        }
    }

    private final Random random;
    private int values;

    TransactionScript(Random random) {
        this.random = random;
    }

    @Override
    public void prepare(DifferentialSide side) {
        side.clients().createLedTopic(TOPIC, PARTITIONS, Map.of());
        for (String id : IDS) side.awaitCoordinator((byte) 1, id);
        side.awaitCoordinator((byte) 0, GROUP);
    }

    @Override
    public Step next() {
        int dice = random.nextInt(100);
        Choice choice = choose();
        if (dice < 12) return init(choice, random.nextInt(3) == 0);
        if (dice < 27) return addPartitions(choice, random.nextInt(PARTITIONS), random.nextInt(20) == 0);
        if (dice < 34) return addOffsets(choice);
        if (dice < 60) return produce(choice, random.nextInt(PARTITIONS), 10 + random.nextInt(3));
        if (dice < 70) return commitOffset(choice, 3 + random.nextInt(3), random.nextInt(1000));
        if (dice < 92) return end(choice, 3 + random.nextInt(3), random.nextBoolean());
        if (dice < 96) return describe(choice.id());
        return random.nextBoolean() ? visible(random.nextInt(PARTITIONS)) : committedOffset();
    }

    private Choice choose() {
        String id = IDS.get(random.nextInt(IDS.size()));
        return switch (random.nextInt(12)) {
            case 0 -> new Choice(id, 1, 0);
            case 1 -> new Choice(id, 0, 1);
            case 2 -> new Choice(id, 0, -1);
            default -> new Choice(id, 0, 0);
        };
    }

    private static boolean isNotYet(short error) {
        return switch (Errors.forCode(error)) {
            case CONCURRENT_TRANSACTIONS,
                    COORDINATOR_LOAD_IN_PROGRESS,
                    COORDINATOR_NOT_AVAILABLE,
                    NOT_COORDINATOR,
                    NOT_ENOUGH_REPLICAS -> true;
            default -> false;
        };
    }

    private static String said(short error, DifferentialSide side, long producerId, short epoch) {
        String name = Errors.forCode(error).name();
        return producerId < 0 ? name : name + " producer=" + side.numberOf(producerId) + " epoch=" + epoch;
    }

    // ---- producers ----

    private static Step init(Choice choice, boolean goesOn) {
        return new Step("init " + choice + (goesOn ? " goes on" : ""), side -> {
            var request = new InitProducerIdRequestData()
                    .setTransactionalId(choice.id())
                    .setTransactionTimeoutMs(600_000);
            if (goesOn) {
                Producer producer = choice.of(side);
                request.setProducerId(producer.producerId()).setProducerEpoch((short) Math.max(0, producer.epoch()));
            }
            var answer = side.settled(
                    () -> side.<InitProducerIdResponse>ask(ApiKeys.INIT_PRODUCER_ID, 5, request)
                            .data(),
                    data -> isNotYet(data.errorCode()));
            if (answer.errorCode() == 0) {
                learn(side, new Producer(choice.id(), answer.producerId(), answer.producerEpoch()));
            }
            return said(answer.errorCode(), side, answer.producerId(), answer.producerEpoch());
        });
    }

    private static void learn(DifferentialSide side, Producer producer) {
        side.<Producer>learned(producer.id()).add(producer);
    }

    private static Step end(Choice choice, int version, boolean commit) {
        return new Step("end v" + version + " " + choice + (commit ? " commit" : " abort"), side -> {
            Producer producer = choice.of(side);
            var request = new EndTxnRequestData()
                    .setTransactionalId(choice.id())
                    .setProducerId(producer.producerId())
                    .setProducerEpoch(producer.epoch())
                    .setCommitted(commit);
            var answer = side.settled(
                    () -> side.<EndTxnResponse>ask(ApiKeys.END_TXN, version, request)
                            .data(),
                    data -> isNotYet(data.errorCode()));
            if (answer.errorCode() == 0 && answer.producerId() >= 0) {
                learn(side, new Producer(choice.id(), answer.producerId(), answer.producerEpoch()));
            }
            String said = said(answer.errorCode(), side, answer.producerId(), answer.producerEpoch());
            return said + " then " + state(side, choice.id());
        });
    }

    // ---- partitions ----

    private static Step addPartitions(Choice choice, int partition, boolean toNowhere) {
        String topic = toNowhere ? "nowhere" : TOPIC;
        return new Step("add " + choice + " " + topic + "-" + partition, side -> {
            Producer producer = choice.of(side);
            var topics = new AddPartitionsToTxnTopicCollection();
            topics.add(new AddPartitionsToTxnTopic().setName(topic).setPartitions(List.of(partition)));
            var request = new AddPartitionsToTxnRequestData()
                    .setV3AndBelowTransactionalId(choice.id())
                    .setV3AndBelowProducerId(producer.producerId())
                    .setV3AndBelowProducerEpoch(producer.epoch())
                    .setV3AndBelowTopics(topics);
            short error = side.settled(
                    () -> side.<AddPartitionsToTxnResponse>ask(ApiKeys.ADD_PARTITIONS_TO_TXN, 3, request)
                            .data()
                            .resultsByTopicV3AndBelow()
                            .iterator()
                            .next()
                            .resultsByPartition()
                            .iterator()
                            .next()
                            .partitionErrorCode(),
                    TransactionScript::isNotYet);
            return Errors.forCode(error).name();
        });
    }

    private static Step addOffsets(Choice choice) {
        return new Step("add offsets " + choice, side -> {
            Producer producer = choice.of(side);
            var request = new AddOffsetsToTxnRequestData()
                    .setTransactionalId(choice.id())
                    .setProducerId(producer.producerId())
                    .setProducerEpoch(producer.epoch())
                    .setGroupId(GROUP);
            short error = side.settled(
                    () -> side.<AddOffsetsToTxnResponse>ask(ApiKeys.ADD_OFFSETS_TO_TXN, 3, request)
                            .data()
                            .errorCode(),
                    TransactionScript::isNotYet);
            return Errors.forCode(error).name();
        });
    }

    // ---- records and offsets ----

    private Step produce(Choice choice, int partition, int version) {
        String value = "value-" + values++;
        return new Step("produce v" + version + " " + choice + " " + partition, side -> {
            Producer producer = choice.of(side);
            short epoch = (short) Math.max(0, producer.epoch());
            List<Map<String, Integer>> sequences = side.learned("sequences");
            if (sequences.isEmpty()) sequences.add(new HashMap<>());
            String place = producer.producerId() + " " + epoch + " " + partition;
            int sequence = sequences.getFirst().getOrDefault(place, 0);
            var answer = side.settled(
                    () -> side.<ProduceResponse>ask(
                                    ApiKeys.PRODUCE, version, request(producer, epoch, sequence, partition, value))
                            .data()
                            .responses()
                            .iterator()
                            .next()
                            .partitionResponses()
                            .getFirst(),
                    data -> isNotYet(data.errorCode()));
            if (answer.errorCode() == 0) sequences.getFirst().put(place, sequence + 1);
            return Errors.forCode(answer.errorCode()).name() + " at " + answer.baseOffset();
        });
    }

    private static ProduceRequestData request(
            Producer producer, short epoch, int sequence, int partition, String value) {
        MemoryRecords records = MemoryRecords.withTransactionalRecords(
                Compression.NONE, producer.producerId(), epoch, sequence, new SimpleRecord(value.getBytes()));
        var topics = new TopicProduceDataCollection();
        topics.add(new TopicProduceData()
                .setName(TOPIC)
                .setTopicId(Uuid.ZERO_UUID)
                .setPartitionData(
                        List.of(new PartitionProduceData().setIndex(partition).setRecords(records))));
        return new ProduceRequestData()
                .setAcks((short) -1)
                .setTimeoutMs(30_000)
                .setTransactionalId(producer.id())
                .setTopicData(topics);
    }

    private static Step commitOffset(Choice choice, int version, long offset) {
        return new Step("commit offset v" + version + " " + choice + " " + offset, side -> {
            Producer producer = choice.of(side);
            var request = new TxnOffsetCommitRequestData()
                    .setTransactionalId(choice.id())
                    .setGroupId(GROUP)
                    .setProducerId(producer.producerId())
                    .setProducerEpoch((short) Math.max(0, producer.epoch()))
                    .setTopics(List.of(new TxnOffsetCommitRequestTopic()
                            .setName(TOPIC)
                            .setPartitions(List.of(new TxnOffsetCommitRequestPartition()
                                    .setPartitionIndex(0)
                                    .setCommittedOffset(offset)
                                    .setCommittedMetadata("")))));
            short error = side.settled(
                    () -> side.<TxnOffsetCommitResponse>ask(ApiKeys.TXN_OFFSET_COMMIT, version, request)
                            .data()
                            .topics()
                            .getFirst()
                            .partitions()
                            .getFirst()
                            .errorCode(),
                    TransactionScript::isNotYet);
            return Errors.forCode(error).name();
        });
    }

    // ---- what can be seen ----

    private static Step describe(String id) {
        return new Step("describe " + id, side -> state(side, id));
    }

    /** What the id is at, once nothing is under way. */
    private static String state(DifferentialSide side, String id) {
        var state = side.settled(
                () -> side.<DescribeTransactionsResponse>ask(
                                ApiKeys.DESCRIBE_TRANSACTIONS,
                                0,
                                new DescribeTransactionsRequestData().setTransactionalIds(List.of(id)))
                        .data()
                        .transactionStates()
                        .getFirst(),
                data -> isNotYet(data.errorCode()) || data.transactionState().startsWith("Prepare"));
        if (state.errorCode() != 0) return Errors.forCode(state.errorCode()).name();
        List<String> partitions = new ArrayList<>();
        state.topics().forEach(topic -> topic.partitions().forEach(each -> partitions.add(topic.topic() + "-" + each)));
        partitions.sort(null);
        return state.transactionState() + " producer=" + side.numberOf(state.producerId()) + " epoch="
                + state.producerEpoch() + " " + partitions;
    }

    private static Step visible(int partition) {
        var from = new TopicPartition(TOPIC, partition);
        return new Step("read " + from, side -> {
            List<String> seen = new ArrayList<>();
            for (ConsumerRecord<String, String> each : side.clients().readAll(from, "read_committed")) {
                seen.add(each.offset() + "=" + each.value());
            }
            return seen.toString();
        });
    }

    private static Step committedOffset() {
        return new Step("committed offset", side -> {
            try {
                return "" + side.clients().committed(GROUP, new TopicPartition(TOPIC, 0));
            } catch (RuntimeException e) {
                return e.getClass().getSimpleName();
            }
        });
    }
}
