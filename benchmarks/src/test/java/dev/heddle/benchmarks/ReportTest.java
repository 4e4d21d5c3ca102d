package dev.heddle.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

class ReportTest {

    private static final String EMPTY =
            "before\n<!-- side by side: begin -->\nold\n<!-- side by side: end -->\nafter\n";

    private static final String EMPTY_STRATEGIES = "<!-- strategies: begin -->\nold\n<!-- strategies: end -->\n";

    @Test
    void thePageHasTheTargetsTheFiguresAndTheCharts(@TempDir Path docs) throws IOException {
        Files.writeString(docs.resolve("benchmarks.md"), EMPTY);
        Report.write(Examples.results(), docs);
        String page = Files.readString(docs.resolve("benchmarks.md"));
        assertTrue(page.startsWith("before\n") && page.endsWith("after\n") && !page.contains("old"), page);
        assertTrue(page.contains("| small-8x8 | ≥ 2.50 × | 3.50 (3.00 to 4.00) | reached |"), page);
        assertTrue(page.contains("| CPU per request | µs | 40.0 | 10.0, × 0.38 (0.25 to 0.50) |"), page);
        assertTrue(page.contains("Failed: heddle-virtual: it was tired"), page);
        assertTrue(page.contains("![Throughput](benchmarks/throughput.svg)"), page);
        assertFalse(page.contains("memory.svg"), page);
        assertFalse(Files.exists(docs.resolve("benchmarks/memory.svg")));
    }

    @Test
    void aTargetThatIsMissedLinksToWhatTellsWhy(@TempDir Path docs) throws IOException {
        Files.writeString(docs.resolve("benchmarks.md"), EMPTY);
        Report.write(Examples.results(), docs);
        String page = Files.readString(docs.resolve("benchmarks.md"));
        String missed = "0.38 (0.25 to 0.50) | **missed**, [why](performance.md#the-way-of-a-produce) |";
        assertTrue(page.contains(missed), page);
    }

    @Test
    void aRunOfStrategiesHasAPartOfItsOwn(@TempDir Path docs) throws IOException {
        Files.writeString(docs.resolve("benchmarks.md"), EMPTY + EMPTY_STRATEGIES);
        Report.write(Examples.strategies(), docs);
        String written = "<!-- strategies: begin -->\n"
                + "2026-01-02, `strategies`: 2 cores (a processor), 8,000 MB, Linux, Java 25.\n\n"
                + StrategyTable.of(Examples.strategies()) + "<!-- strategies: end -->\n";
        assertEquals(EMPTY + written, Files.readString(docs.resolve("benchmarks.md")));
        assertFalse(Files.exists(docs.resolve("benchmarks")));
    }

    @Test
    void theOtherPartOfThePageStays(@TempDir Path docs) throws IOException {
        Files.writeString(docs.resolve("benchmarks.md"), EMPTY + EMPTY_STRATEGIES);
        Report.write(Examples.results(), docs);
        assertTrue(Files.readString(docs.resolve("benchmarks.md")).endsWith(EMPTY_STRATEGIES));
    }

    @Test
    void writtenTwiceItIsTheSame(@TempDir Path docs) throws IOException {
        Path page = docs.resolve("benchmarks.md");
        Files.writeString(page, EMPTY);
        Report.write(Examples.results(), docs);
        String once = Files.readString(page);
        Report.write(Examples.results(), docs);
        assertEquals(once, Files.readString(page));
    }

    @Test
    void aChartIsAnSvgThatNamesScenarioAndBroker(@TempDir Path docs)
            throws IOException, ParserConfigurationException, SAXException {
        Files.writeString(docs.resolve("benchmarks.md"), EMPTY);
        Report.write(Examples.results(), docs);
        String svg = Files.readString(docs.resolve("benchmarks/cpu.svg"));
        var factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        var source = new InputSource(new java.io.StringReader(svg));
        assertEquals(
                "svg",
                factory.newDocumentBuilder().parse(source).getDocumentElement().getTagName());
        assertTrue(svg.contains("small-8x8: CPU per request"), svg);
        assertTrue(svg.contains("heddle-virtual"), svg);
    }

    @Test
    void aPageWithoutAPlaceIsLeftAlone(@TempDir Path docs) throws IOException {
        Files.writeString(docs.resolve("benchmarks.md"), "nothing");
        assertThrows(IllegalArgumentException.class, () -> Report.write(Examples.results(), docs));
        assertEquals("nothing", Files.readString(docs.resolve("benchmarks.md")));
    }

    @Test
    void inChartsLongerIsBetter() {
        var ratios = new Spread(0.1, 0.25, 0.5);
        assertEquals(new Spread(2, 4, 10), ChartData.timesBetter(ratios, Metric.P99));
        assertEquals(ratios, ChartData.timesBetter(ratios, Metric.THROUGHPUT));
    }
}
