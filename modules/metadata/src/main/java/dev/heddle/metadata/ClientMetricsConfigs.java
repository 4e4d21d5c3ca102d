package dev.heddle.metadata;

import dev.heddle.common.AnswerException;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.ValidList;
import org.apache.kafka.common.protocol.Errors;

/** The configuration of a subscription to clients' metrics (KIP-714). Stateless: any thread may call it. */
public final class ClientMetricsConfigs {

    private static final String METRICS = "metrics";
    private static final String INTERVAL_MS = "interval.ms";
    private static final String MATCH = "match";
    private static final int MIN_INTERVAL_MS = 100;
    private static final int MAX_INTERVAL_MS = 3_600_000;
    private static final Set<String> MATCH_PARAMETERS = Set.of(
            "client_instance_id",
            "client_id",
            "client_software_name",
            "client_software_version",
            "client_source_address",
            "client_source_port");

    private ClientMetricsConfigs() {}

    /** The keys of a subscription. */
    public static ConfigDef definition() {
        return new ConfigDef()
                .define(
                        METRICS,
                        Type.LIST,
                        "",
                        ValidList.anyNonDuplicateValues(true, false),
                        Importance.MEDIUM,
                        "Prefixes of the names of the metrics that clients shall send.")
                .define(
                        INTERVAL_MS,
                        Type.INT,
                        300_000,
                        Importance.MEDIUM,
                        "Every how many milliseconds clients shall send them.")
                .define(
                        MATCH,
                        Type.LIST,
                        "",
                        ValidList.anyNonDuplicateValues(true, false),
                        Importance.MEDIUM,
                        "Which clients are asked: pairs parameter=regular expression.");
    }

    /**
     * Checks a subscription.
     *
     * @throws AnswerException if it is refused
     */
    static void validate(String subscription, Map<String, String> configs) {
        if (subscription.isEmpty()) refuse(Errors.INVALID_REQUEST, "Subscription name can't be empty");
        ConfigDef definition = definition();
        for (String key : configs.keySet()) {
            if (!definition.names().contains(key)) {
                refuse(Errors.INVALID_REQUEST, "Unknown client metrics configuration: " + key);
            }
        }
        Map<String, Object> parsed = definition.parse(configs);
        int intervalMs = (Integer) parsed.get(INTERVAL_MS);
        if (intervalMs < MIN_INTERVAL_MS || intervalMs > MAX_INTERVAL_MS) {
            refuse(
                    Errors.INVALID_REQUEST,
                    "Invalid value " + intervalMs
                            + " for interval.ms, interval must be between 100 and 3600000 (1 hour)");
        }
        for (Object pattern : (Iterable<?>) parsed.get(MATCH)) validatePattern((String) pattern);
    }

    private static void validatePattern(String pattern) {
        String[] pair = pattern.split("=");
        boolean valid = pair.length == 2 && MATCH_PARAMETERS.contains(pair[0].trim());
        try {
            if (valid) Pattern.compile(pair[1].trim());
        } catch (PatternSyntaxException e) {
            valid = false;
        }
        if (!valid) refuse(Errors.INVALID_CONFIG, "Illegal client matching pattern: " + pattern);
    }

    private static void refuse(Errors error, String message) {
        throw new AnswerException(error, message);
    }
}
