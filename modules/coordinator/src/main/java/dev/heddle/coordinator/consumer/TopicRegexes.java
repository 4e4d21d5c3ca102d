package dev.heddle.coordinator.consumer;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.heddle.common.AnswerException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.protocol.Errors;

/**
 * Regular expressions over the names of topics, in RE2's syntax, which takes time in proportion to the name whatever the
 * expression. Stateless: any thread may call it.
 */
public final class TopicRegexes {

    private TopicRegexes() {}

    /** @throws AnswerException INVALID_REGULAR_EXPRESSION */
    public static void requireValid(String regex) {
        try {
            Pattern.compile(regex);
        } catch (PatternSyntaxException e) {
            throw new AnswerException(
                    Errors.INVALID_REGULAR_EXPRESSION,
                    "SubscribedTopicRegex `" + regex + "` is not a valid regular expression: " + e.getDescription()
                            + ".");
        }
    }

    /** The topics that match each of the expressions; one that cannot be read matches none. */
    public static Map<String, Set<String>> match(Collection<String> regexes, Collection<String> topics) {
        Map<String, Set<String>> matches = HashMap.newHashMap(regexes.size());
        for (String regex : regexes) matches.put(regex, match(regex, topics));
        return matches;
    }

    private static Set<String> match(String regex, Collection<String> topics) {
        Set<String> matching = new HashSet<>();
        try {
            Pattern pattern = Pattern.compile(regex);
            for (String topic : topics) {
                if (pattern.matcher(topic).matches()) matching.add(topic);
            }
        } catch (PatternSyntaxException e) {
            // It was read when it came; another broker may have let it in.
            return Set.of();
        }
        return matching;
    }
}
