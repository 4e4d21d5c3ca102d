package dev.heddle.handlers;

import dev.heddle.metadata.Controller;
import dev.heddle.metadata.MetadataCache;
import java.util.List;
import java.util.function.Supplier;

/** Makes the handlers of metadata, topics, configurations and features. Called once, by the thread that starts the broker. */
final class AdminHandlers {

    private AdminHandlers() {}

    /** @param table the table that they will be in */
    static List<ApiHandler> of(HandlerServices services, AutoTopicCreation creation, Supplier<HandlerTable> table) {
        BrokerIdentity self = services.self();
        MetadataCache metadata = services.metadata().cache();
        Controller controller = services.metadata().controller();
        HandlerServices.Configs configs = services.configs();
        var descriptions = new ConfigDescriptions(self.id(), metadata, configs.broker(), configs.loggers());
        return List.of(
                new ApiVersionsHandler(self, metadata, table),
                new MetadataHandler(self, metadata, creation, configs.topics().autoCreate()),
                new DescribeClusterHandler(self, metadata),
                new DescribeTopicPartitionsHandler(metadata, configs.handlers().maxRequestPartitionSizeLimit()),
                new CreateTopicsHandler(controller),
                new CreatePartitionsHandler(controller),
                new DeleteTopicsHandler(controller, metadata, configs.topics().deletable()),
                new DescribeConfigsHandler(descriptions),
                new IncrementalAlterConfigsHandler(self.id(), controller, configs.loggers()),
                new AlterConfigsHandler(self.id(), controller),
                new ListConfigResourcesHandler(metadata),
                new UpdateFeaturesHandler(controller));
    }
}
