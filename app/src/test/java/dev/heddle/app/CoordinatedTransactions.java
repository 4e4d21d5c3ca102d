package dev.heddle.app;

import dev.heddle.common.AnswerException;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import dev.heddle.coordinator.CallContext;
import dev.heddle.coordinator.TransactionCoordinator;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.DescribeTransactionsResponseData.TransactionState;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.ProducerIdAndEpoch;

/**
 * The transactions of one client, through the coordinator: each moves the offset of one partition in two groups, which are
 * kept in different partitions, so it moves both or none. One thread uses it.
 */
final class CoordinatedTransactions {

    static final String TOPIC = "__transaction_state";

    /** Clients before KIP-890 add the groups themselves; the coordinator is asked before their offsets are written. */
    private static final short CLIENT_VERSION = 0;

    private static final short COMMIT_VERSION = 4;
    private static final int TIMEOUT_MS = 600_000;

    private final SmallBroker broker;
    private final Ledger ledger;
    private final Administration administration;
    private final String id;
    private final Waiter waiter = new Waiter(Time.SYSTEM);

    CoordinatedTransactions(int client, SmallBroker broker, Ledger ledger) {
        this.broker = broker;
        this.ledger = ledger;
        this.administration = new Administration(broker, ledger);
        this.id = "client-" + client;
    }

    /** A whole transaction. */
    void run(TopicPartition partition, long offset, boolean commit) {
        administration.createTransactionsTopic();
        ledger.transactionalIds.add(id);
        ProducerIdAndEpoch producer = begin();
        List<String> groups = groups();
        for (String group : groups) commitOffset(producer, group, partition, offset);
        List<List<Long>> values = groups.stream()
                .map(group -> ledger.offsetValues(group, partition))
                .toList();
        if (commit) values.forEach(each -> Ledger.attempt(each, offset));
        var end = new EndTxnRequestData()
                .setTransactionalId(id)
                .setProducerId(producer.producerId)
                .setProducerEpoch(producer.epoch)
                .setCommitted(commit);
        require(() -> coordinator().endTransaction(end, CLIENT_VERSION, waiter).errorCode());
        awaitRest();
        if (commit) values.forEach(Ledger::acknowledge);
    }

    /** What a predecessor has decided is written everywhere; both groups are where they may be, and at the same place. */
    void check() {
        if (!ledger.transactionalIds.contains(id)) return;
        awaitRest();
        List<String> groups = groups();
        for (Ledger.OffsetKey key : Set.copyOf(ledger.offsets.keySet())) {
            boolean isThere = ledger.topics.get(key.partition().topic()).existence == Ledger.Existence.EXISTS;
            if (!isThere || !key.group().equals(groups.getFirst())) continue;
            long first = administration.fetchOffset(groups.getFirst(), key.partition());
            long second = administration.fetchOffset(groups.getLast(), key.partition());
            if (first != second) {
                throw new AssertionError(
                        id + " has moved " + key + " to " + first + " here and to " + second + " there");
            }
        }
    }

    private TransactionCoordinator coordinator() {
        return broker.parts.transactions.coordinator();
    }

    /** Two groups in different partitions. */
    private List<String> groups() {
        String first = id + "-0";
        int number = 1;
        while (broker.parts.groups.partitionFor(id + "-" + number) == broker.parts.groups.partitionFor(first)) number++;
        return List.of(first, id + "-" + number);
    }

    private ProducerIdAndEpoch begin() {
        var request = new InitProducerIdRequestData().setTransactionalId(id).setTransactionTimeoutMs(TIMEOUT_MS);
        var begun = new ProducerIdAndEpoch[1];
        require(() -> {
            var answer = coordinator().initProducerId(request, waiter);
            begun[0] = new ProducerIdAndEpoch(answer.producerId(), answer.producerEpoch());
            return answer.errorCode();
        });
        return begun[0];
    }

    private void commitOffset(ProducerIdAndEpoch producer, String group, TopicPartition partition, long offset) {
        var kept = new TopicPartition(Administration.OFFSETS_TOPIC, broker.parts.groups.partitionFor(group));
        require(() -> coordinator()
                .addPartitions(id, producer, Set.of(kept), CLIENT_VERSION, waiter)
                .code());
        var request = new TxnOffsetCommitRequestData()
                .setTransactionalId(id)
                .setGroupId(group)
                .setProducerId(producer.producerId)
                .setProducerEpoch(producer.epoch)
                .setTopics(List.of(new TxnOffsetCommitRequestTopic()
                        .setName(partition.topic())
                        .setPartitions(List.of(new TxnOffsetCommitRequestPartition()
                                .setPartitionIndex(partition.partition())
                                .setCommittedOffset(offset)))));
        var context = new CallContext("client", "/127.0.0.1", COMMIT_VERSION, waiter);
        require(() -> broker.parts
                .groups
                .commitTransactionalOffsets(context, request, broker.parts.transactions.verifier())
                .topics()
                .getFirst()
                .partitions()
                .getFirst()
                .errorCode());
    }

    /** Waits until no end of a transaction is under way. */
    private void awaitRest() {
        require(() -> {
            TransactionState state = coordinator().describe(id);
            boolean isEnding = state.transactionState().startsWith("Prepare");
            boolean isKnown = state.errorCode() != Errors.TRANSACTIONAL_ID_NOT_FOUND.code();
            if (!isKnown) return Errors.NONE.code();
            return isEnding ? Errors.CONCURRENT_TRANSACTIONS.code() : state.errorCode();
        });
    }

    /** Asks again while the answer is one that only says "not yet". */
    private void require(Supplier<Short> question) {
        long deadline = SmallBroker.deadline();
        while (true) {
            Errors error = Errors.forCode(question.get());
            if (error == Errors.NONE) return;
            boolean isNotYet = error == Errors.CONCURRENT_TRANSACTIONS || error == Errors.COORDINATOR_LOAD_IN_PROGRESS;
            if (!isNotYet || broker.isPowerOff()) throw new AnswerException(error);
            if (System.nanoTime() > deadline) throw new AssertionError("still " + error);
            Thread.yield();
        }
    }
}
