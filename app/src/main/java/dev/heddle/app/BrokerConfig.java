package dev.heddle.app;

import dev.heddle.common.StopBrokerException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.jspecify.annotations.Nullable;

/**
 * Who this broker is. Immutable.
 *
 * @param nodeId the broker's id, 0 or more
 * @param rack told to clients, which may prefer replicas in their own
 */
record BrokerConfig(int nodeId, @Nullable String rack) {

    static final String NODE_ID = "node.id";
    static final String BROKER_ID = "broker.id";
    static final String RACK = "broker.rack";
    static final String PROCESS_ROLES = "process.roles";
    static final String QUORUM_VOTERS = "controller.quorum.voters";
    static final String QUORUM_BOOTSTRAP = "controller.quorum.bootstrap.servers";
    static final String CONTROLLER_LISTENERS = "controller.listener.names";
    static final String CONFIG_PROVIDERS = "config.providers";

    /** The id of a broker whose configuration names none. */
    static final int DEFAULT_NODE_ID = 1;

    private static final int UNSET = -1;

    static ConfigDef define(ConfigDef def) {
        return def.define(
                        NODE_ID,
                        Type.INT,
                        DEFAULT_NODE_ID,
                        ConfigDef.Range.atLeast(0),
                        Importance.HIGH,
                        "The id of this broker, 0 or more. A data directory belongs to the id that formatted it.")
                .define(BROKER_ID, Type.INT, UNSET, Importance.HIGH, "The old name of node.id.")
                .define(
                        RACK,
                        Type.STRING,
                        null,
                        Importance.MEDIUM,
                        "The rack or zone of this broker. Clients learn it from Metadata.")
                .define(
                        PROCESS_ROLES,
                        Type.LIST,
                        List.of(),
                        ConfigDef.ValidList.in("broker", "controller"),
                        Importance.HIGH,
                        "KRaft's roles of this process. Heddle is broker and controller in one: 'broker,controller' and"
                                + " nothing mean the same.")
                .define(
                        QUORUM_VOTERS,
                        Type.LIST,
                        List.of(),
                        Importance.HIGH,
                        "The controllers, as id@host:port. Accepted if it names this node alone.")
                .define(
                        QUORUM_BOOTSTRAP,
                        Type.LIST,
                        List.of(),
                        Importance.HIGH,
                        "Where to find the controllers, as host:port. Accepted and not needed: the controller is in this"
                                + " process.")
                .define(
                        CONTROLLER_LISTENERS,
                        Type.LIST,
                        List.of(),
                        Importance.HIGH,
                        "The listeners of the controller. They are not opened: the controller is in this process.")
                .define(
                        CONFIG_PROVIDERS,
                        Type.LIST,
                        List.of(),
                        Importance.LOW,
                        "Names of configuration providers, which replace ${name:path:key} in values; the class of each is in"
                                + " config.providers.<name>.class.");
    }

    /** @throws StopBrokerException if the keys ask for a cluster: Heddle runs alone so far */
    static BrokerConfig from(AbstractConfig parsed) {
        int nodeId = nodeId(parsed);
        requireAlone(parsed, nodeId);
        return new BrokerConfig(nodeId, parsed.getString(RACK));
    }

    private static int nodeId(AbstractConfig parsed) {
        int nodeId = parsed.getInt(NODE_ID);
        int brokerId = parsed.getInt(BROKER_ID);
        if (brokerId == UNSET) return nodeId;
        if (parsed.originals().containsKey(NODE_ID) && nodeId != brokerId) {
            throw new StopBrokerException("node.id=" + nodeId + " and broker.id=" + brokerId
                    + " differ: set one of them, or both to the same id");
        }
        return brokerId;
    }

    private static void requireAlone(AbstractConfig parsed, int nodeId) {
        List<String> roles = parsed.getList(PROCESS_ROLES);
        if (!roles.isEmpty() && !Set.copyOf(roles).equals(Set.of("broker", "controller"))) {
            throw new StopBrokerException("process.roles=" + String.join(",", roles)
                    + " is not allowed: Heddle is broker and controller in one process, so allowed is"
                    + " 'broker,controller' or nothing");
        }
        List<String> voters = parsed.getList(QUORUM_VOTERS);
        boolean others = voters.stream().anyMatch(voter -> !voter.startsWith(nodeId + "@"));
        if (others || voters.size() > 1) {
            throw new StopBrokerException("controller.quorum.voters=" + String.join(",", voters)
                    + " is not allowed: the controller is in this process, so allowed is " + nodeId
                    + "@host:port or nothing");
        }
    }

    /** Drops the controller's listeners from a value of {@code listeners} or {@code advertised.listeners}. */
    static String withoutControllerListeners(String listeners, @Nullable String controllerListenerNames) {
        if (controllerListenerNames == null) return listeners;
        Set<String> dropped = Set.of(controllerListenerNames.strip().split("\\s*,\\s*"));
        return Arrays.stream(listeners.strip().split("\\s*,\\s*"))
                .filter(listener -> !dropped.contains(listener.split("://", 2)[0]))
                .reduce((a, b) -> a + "," + b)
                .orElse("");
    }
}
