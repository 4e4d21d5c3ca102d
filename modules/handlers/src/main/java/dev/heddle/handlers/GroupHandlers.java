package dev.heddle.handlers;

import dev.heddle.coordinator.GroupCoordinator;
import java.util.List;

/** Makes the handlers of groups and their offsets. Called once, by the thread that starts the broker. */
final class GroupHandlers {

    private GroupHandlers() {}

    static List<ApiHandler> of(HandlerServices services, AutoTopicCreation creation) {
        GroupCoordinator groups = services.coordinators().groups();
        return List.of(
                new FindCoordinatorHandler(
                        services.self(),
                        services.metadata().cache(),
                        new FindCoordinatorHandler.Places(
                                groups::partitionFor,
                                services.coordinators().transactions().coordinator()::partitionFor,
                                services.coordinators().shares().coordinator()::partitionFor),
                        creation),
                new JoinGroupHandler(groups),
                new SyncGroupHandler(groups),
                new HeartbeatHandler(groups),
                new LeaveGroupHandler(groups),
                new ConsumerGroupHeartbeatHandler(groups, services.metadata().cache()),
                new ConsumerGroupDescribeHandler(groups, services.metadata().cache()),
                new StreamsGroupHeartbeatHandler(
                        groups,
                        services.metadata().cache(),
                        new StreamsTopicCreation(
                                services.metadata().controller(),
                                services.tools().time())),
                new StreamsGroupDescribeHandler(groups, services.metadata().cache()),
                new OffsetCommitHandler(groups, services.metadata().cache()),
                new OffsetFetchHandler(groups, services.metadata().cache()),
                new OffsetDeleteHandler(groups),
                new DescribeGroupsHandler(groups),
                new ListGroupsHandler(groups),
                new DeleteGroupsHandler(services.coordinators().shares().groups()));
    }
}
