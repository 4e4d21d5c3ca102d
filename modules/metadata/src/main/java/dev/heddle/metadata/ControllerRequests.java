package dev.heddle.metadata;

/**
 * What turns requests into records and answers. Called under the controller's lock.
 *
 * @param clusterId the cluster that brokers must name when they register
 */
record ControllerRequests(
        TopicControl topics, ConfigControl configs, BrokerControl brokers, FeatureControl features, String clusterId) {

    static ControllerRequests of(
            ControllerConfig config,
            ConfigDefinitions definitions,
            String clusterId,
            short kraftVersion,
            int nodeId,
            ControllerMetrics metrics) {
        var effective = new EffectiveTopicConfigs(nodeId, definitions.staticBrokerConfigs());
        var configs = new ConfigControl(
                new ConfigValidation(nodeId, definitions, config.alterConfigPolicy()), new ConfigLists(definitions));
        return new ControllerRequests(
                new TopicControl(config.topics(), configs, effective, config.createTopicPolicy()),
                configs,
                new BrokerControl(nodeId, new LeaderElection(nodeId, effective, metrics)),
                new FeatureControl(kraftVersion, definitions.staticBrokerConfigs()),
                clusterId);
    }
}
