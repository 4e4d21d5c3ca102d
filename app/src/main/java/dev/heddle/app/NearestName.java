package dev.heddle.app;

import java.util.Collection;
import java.util.Optional;

/** Finds the name that someone may have meant. Any thread may call it. */
final class NearestName {

    private NearestName() {}

    /** The closest of {@code names} by edit distance, if it is close enough to be a slip: a third of the letters. */
    static Optional<String> of(String typed, Collection<String> names) {
        String nearest = null;
        int best = Math.max(2, typed.length() / 3) + 1;
        for (String name : names) {
            if (Math.abs(name.length() - typed.length()) >= best) continue;
            int distance = distance(typed, name);
            if (distance < best) {
                best = distance;
                nearest = name;
            }
        }
        return Optional.ofNullable(nearest);
    }

    /** Levenshtein's distance, keeping one row of the table. */
    static int distance(String from, String to) {
        int[] row = new int[to.length() + 1];
        for (int j = 0; j < row.length; j++) row[j] = j;
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int substituted = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[to.length()];
    }
}
