package dev.heddle.handlers;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.Time;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.replication.ReplicaManager;
import java.util.List;

/** Makes the handlers of records and their logs. Called once, by the thread that starts the broker. */
final class DataHandlers {

    private DataHandlers() {}

    static List<ApiHandler> of(HandlerServices services) {
        var brokers = new BrokerNodes(services.self());
        MetadataCache metadata = services.metadata().cache();
        HandlerServices.Storage storage = services.storage();
        ReplicaManager replicas = storage.replicas();
        FetchConfig fetch = services.configs().handlers().fetch();
        Time time = services.tools().time();
        MetricRegistry metrics = services.tools().metrics();
        return List.of(
                new ProduceHandler(
                        brokers,
                        replicas,
                        metadata,
                        services.coordinators().transactions().verifier(),
                        time,
                        metrics),
                new FetchHandler(brokers, replicas, metadata, fetch, time, metrics),
                new ListOffsetsHandler(replicas),
                new OffsetForLeaderEpochHandler(replicas),
                new DeleteRecordsHandler(replicas),
                new DescribeProducersHandler(replicas, metadata),
                new DescribeLogDirsHandler(storage.directories(), storage.logs(), replicas),
                new AlterReplicaLogDirsHandler(replicas.mover()));
    }
}
