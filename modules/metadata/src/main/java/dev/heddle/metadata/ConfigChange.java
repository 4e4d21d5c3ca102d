package dev.heddle.metadata;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;

/**
 * A change of one resource's configuration. Immutable: any thread may read it.
 *
 * @param changes the new value of each key that was named; null where it is deleted
 * @param dropped the keys that go because a replacement did not name them
 * @param existing what is set now
 */
record ConfigChange(
        ConfigResource resource,
        Map<String, @Nullable String> changes,
        Set<String> dropped,
        Map<String, String> existing) {

    /** Everything that would be set. */
    Map<String, String> proposed() {
        Map<String, String> all = new TreeMap<>(existing);
        changes.forEach((name, value) -> {
            if (value == null) {
                all.remove(name);
            } else {
                all.put(name, value);
            }
        });
        all.keySet().removeAll(dropped);
        return all;
    }
}
