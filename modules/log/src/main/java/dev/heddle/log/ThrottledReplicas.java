package dev.heddle.log;

import java.util.List;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/** Checks a list of throttled replicas: {@code partition:broker} pairs, or {@code *}. Any thread may call it. */
final class ThrottledReplicas implements ConfigDef.Validator {

    static final ThrottledReplicas VALIDATOR = new ThrottledReplicas();

    private static final String FORM = "[partitionId]:[brokerId],[partitionId]:[brokerId],...";
    private static final Pattern PAIR = Pattern.compile("([0-9]+:[0-9]+)?");

    private ThrottledReplicas() {}

    @Override
    public void ensureValid(String name, @Nullable Object value) {
        if (!(value instanceof List<?> list)) throw new ConfigException(name, value, "It must be a list");
        List<String> replicas = list.stream().map(it -> it.toString().trim()).toList();
        boolean all = String.join("", replicas).equals("*");
        if (all || replicas.stream().allMatch(it -> PAIR.matcher(it).matches())) return;
        throw new ConfigException(name, value, "It must be '*' or a list of replicas of the form " + FORM);
    }

    @Override
    public String toString() {
        return FORM;
    }
}
