package dev.heddle.coordinator;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.Scheduler;
import dev.heddle.common.Time;
import dev.heddle.metadata.Controller;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.replication.ReplicaManager;

/**
 * All that a broker has for coordinating share groups. Immutable; any thread may read it.
 *
 * @param coordinator keeps what groups have done with the records of partitions
 * @param topic where it keeps that
 * @param states the same, for those who read and write it here
 * @param groups the groups and their members
 */
public record Shares(ShareCoordinator coordinator, ShareStateTopic topic, ShareState states, ShareGroups groups)
        implements AutoCloseable {

    /** What everything in the broker uses. */
    public record Tools(
            ReplicaManager replicas, MetadataCache metadata, Time time, Scheduler scheduler, MetricRegistry metrics) {}

    /**
     * Makes the parts; {@link ShareCoordinator#startup} starts them.
     *
     * @param controller creates the coordinator's topic
     */
    public static Shares of(
            ShareCoordinatorConfig config, GroupCoordinator groups, Controller controller, Tools tools) {
        var coordinator = new ShareCoordinator(
                config, tools.replicas(), tools.metadata(), tools.time(), tools.scheduler(), tools.metrics());
        var topic = new ShareStateTopic(config.topic(), controller, tools.metadata());
        var states = new LocalShareState(coordinator, topic::createIfMissing, tools.time());
        return new Shares(
                coordinator, topic, states, new ShareGroups(groups, states, tools.replicas(), tools.scheduler()));
    }

    /** Answers nobody any more, and lets go of every thread that waits in here. */
    @Override
    public void close() {
        groups.close();
        coordinator.close();
    }
}
