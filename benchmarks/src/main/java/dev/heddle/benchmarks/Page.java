package dev.heddle.benchmarks;

/** A page of the documentation with parts that programs write, each between two marks. Stateless. */
final class Page {

    private Page() {}

    /** The page, with another text between the marks of {@code part}. */
    static String with(String page, String part, String text) {
        String begin = mark(part, "begin");
        int from = page.indexOf(begin);
        int to = page.indexOf(mark(part, "end"));
        if (from < 0 || to < from) throw new IllegalArgumentException("The page has no place for: " + part);
        return page.substring(0, from + begin.length()) + "\n" + text.strip() + "\n" + page.substring(to);
    }

    private static String mark(String part, String which) {
        return "<!-- " + part + ": " + which + " -->";
    }
}
