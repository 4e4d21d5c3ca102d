package dev.heddle.handlers;

import dev.heddle.common.AnswerException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.protocol.Errors;

/**
 * The keys of the CLIENT_METRICS resource (KIP-714): which metrics which clients are to push. Constants and functions,
 * so any thread may call it.
 */
public final class ClientMetricsConfigKeys {

    private static final String METRICS = "metrics";
    private static final String INTERVAL_MS = "interval.ms";
    private static final String MATCH = "match";

    private static final int MIN_INTERVAL_MS = 100;
    private static final int MAX_INTERVAL_MS = 3_600_000;

    private static final Set<String> MATCHABLE = Set.of(
            "client_instance_id",
            "client_id",
            "client_software_name",
            "client_software_version",
            "client_source_address",
            "client_source_port");

    private static final ConfigDef DEFINITION = new ConfigDef()
            .define(
                    METRICS,
                    Type.LIST,
                    List.of(),
                    ConfigDef.ValidList.anyNonDuplicateValues(true, false),
                    Importance.MEDIUM,
                    "What the names of the metrics begin with that clients push; '*' stands for all.")
            .define(
                    INTERVAL_MS,
                    Type.INT,
                    300_000,
                    Importance.MEDIUM,
                    "How often clients push their metrics, in milliseconds.")
            .define(
                    MATCH,
                    Type.LIST,
                    List.of(),
                    ConfigDef.ValidList.anyNonDuplicateValues(true, false),
                    Importance.MEDIUM,
                    "Which clients this is for: pairs of a property of the client and a regular expression.");

    private ClientMetricsConfigKeys() {}

    /** Every key, with type, default and documentation. */
    public static ConfigDef definition() {
        return new ConfigDef(DEFINITION);
    }

    /**
     * Refuses what cannot be set for a subscription.
     *
     * @param configs everything that would be set for it
     * @throws AnswerException {@code INVALID_REQUEST} or {@code INVALID_CONFIG}
     */
    public static void validate(String subscription, Map<String, String> configs) {
        if (subscription.isEmpty()) throw invalidRequest("Subscription name can't be empty");
        for (String key : configs.keySet()) {
            if (!DEFINITION.names().contains(key)) throw invalidRequest("Unknown client metrics configuration: " + key);
        }
        Map<String, Object> values = parse(configs);
        int intervalMs = (Integer) values.get(INTERVAL_MS);
        if (intervalMs < MIN_INTERVAL_MS || intervalMs > MAX_INTERVAL_MS) {
            throw invalidRequest("Invalid value " + intervalMs + " for " + INTERVAL_MS + ", interval must be between "
                    + MIN_INTERVAL_MS + " and " + MAX_INTERVAL_MS + " (1 hour)");
        }
        for (Object pattern : (List<?>) values.get(MATCH)) {
            if (!isMatchPattern((String) pattern)) {
                throw new AnswerException(Errors.INVALID_CONFIG, "Illegal client matching pattern: " + pattern);
            }
        }
    }

    private static Map<String, Object> parse(Map<String, String> configs) {
        try {
            return DEFINITION.parse(configs);
        } catch (ConfigException e) {
            throw new AnswerException(Errors.INVALID_CONFIG, e.getMessage());
        }
    }

    private static boolean isMatchPattern(String pattern) {
        String[] pair = pattern.split("=");
        if (pair.length != 2 || !MATCHABLE.contains(pair[0].trim())) return false;
        try {
            Pattern.compile(pair[1].trim());
            return true;
        } catch (PatternSyntaxException e) {
            return false;
        }
    }

    private static AnswerException invalidRequest(String message) {
        return new AnswerException(Errors.INVALID_REQUEST, message);
    }
}
