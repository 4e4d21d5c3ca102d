package dev.heddle.handlers;

import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.coordinator.TransactionCoordinator;
import dev.heddle.coordinator.Transactions;
import dev.heddle.metadata.MetadataCache;
import java.util.List;

/** Makes the handlers of producers and their transactions. Called once, by the thread that starts the broker. */
final class TransactionHandlers {

    private TransactionHandlers() {}

    static List<ApiHandler> of(HandlerServices services) {
        Transactions transactions = services.coordinators().transactions();
        TransactionCoordinator coordinator = transactions.coordinator();
        GroupCoordinator groups = services.coordinators().groups();
        MetadataCache metadata = services.metadata().cache();
        return List.of(
                new InitProducerIdHandler(coordinator),
                new AddPartitionsToTxnHandler(coordinator, metadata),
                new AddOffsetsToTxnHandler(coordinator, groups),
                new TxnOffsetCommitHandler(groups, transactions.verifier()),
                new EndTxnHandler(coordinator),
                new WriteTxnMarkersHandler(transactions.markers()),
                new DescribeTransactionsHandler(coordinator),
                new ListTransactionsHandler(coordinator));
    }
}
