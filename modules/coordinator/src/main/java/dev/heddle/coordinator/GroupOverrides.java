package dev.heddle.coordinator;

import java.util.Map;
import java.util.function.Function;

/**
 * What groups have set for themselves, as the controller has checked it. Any thread may ask; values are those of the
 * moment.
 */
record GroupOverrides(Function<String, Map<String, String>> configsOf) {

    int number(String groupId, String key, int byDefault) {
        String value = configsOf.apply(groupId).get(key);
        return value == null ? byDefault : Integer.parseInt(value.trim());
    }

    String text(String groupId, String key, String byDefault) {
        String value = configsOf.apply(groupId).get(key);
        return value == null ? byDefault : value.trim();
    }
}
