package dev.heddle.handlers;

import java.util.List;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsSynonym;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigType;
import org.jspecify.annotations.Nullable;

/**
 * What a DescribeConfigs request wants to know of each key, and how an answer's entry is made of it. Made for one
 * request and used by its thread alone.
 */
record ConfigEntries(boolean includeSynonyms, boolean includeDocumentation) {

    /**
     * A key with its value.
     *
     * @param definition null if nobody knows the key: then its value is kept secret, for it may be one
     * @param value as {@link ConfigDef} parses it
     */
    record Entry(
            String name,
            ConfigDef.@Nullable ConfigKey definition,
            @Nullable Object value) {

        ConfigDef.@Nullable Type type() {
            return definition == null ? null : definition.type;
        }

        boolean isSensitive() {
            return definition == null || definition.type == ConfigDef.Type.PASSWORD;
        }

        @Nullable String shownValue() {
            if (isSensitive()) return null;
            return value instanceof String string ? string : ConfigDef.convertToString(value, type());
        }
    }

    /** Whether the request asks for the key: it names some, or wants all. */
    static boolean isAsked(DescribeConfigsResource resource, String key) {
        List<String> keys = resource.configurationKeys();
        return keys == null || keys.isEmpty() || keys.contains(key);
    }

    /** The keys of {@code definition} that Kafka shows to nobody. */
    static boolean isInternal(ConfigDef definition, String key) {
        ConfigDef.ConfigKey known = definition.configKeys().get(key);
        return known != null && known.internalConfig;
    }

    /**
     * The answer's entry.
     *
     * @param synonyms every place that sets the value, the one in force first; none means that it is a default
     */
    DescribeConfigsResourceResult result(Entry entry, List<DescribeConfigsSynonym> synonyms, boolean readOnly) {
        ConfigSource source = synonyms.isEmpty()
                ? ConfigSource.DEFAULT_CONFIG
                : ConfigSource.forId(synonyms.get(0).source());
        return new DescribeConfigsResourceResult()
                .setName(entry.name())
                .setValue(entry.shownValue())
                .setReadOnly(readOnly)
                .setConfigSource(source.id())
                .setIsSensitive(entry.isSensitive())
                .setSynonyms(includeSynonyms ? synonyms : List.of())
                .setConfigType(responseType(entry.type()).id())
                .setDocumentation(
                        includeDocumentation && entry.definition() != null ? entry.definition().documentation : null);
    }

    private static ConfigType responseType(ConfigDef.@Nullable Type type) {
        if (type == null) return ConfigType.UNKNOWN;
        return switch (type) {
            case BOOLEAN -> ConfigType.BOOLEAN;
            case STRING -> ConfigType.STRING;
            case INT -> ConfigType.INT;
            case SHORT -> ConfigType.SHORT;
            case LONG -> ConfigType.LONG;
            case DOUBLE -> ConfigType.DOUBLE;
            case LIST -> ConfigType.LIST;
            case CLASS -> ConfigType.CLASS;
            case PASSWORD -> ConfigType.PASSWORD;
        };
    }
}
