package dev.heddle.benchmarks;

import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import de.erichseifert.vectorgraphics2d.svg.SVGProcessor;
import de.erichseifert.vectorgraphics2d.util.PageSize;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.geom.Rectangle2D;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.DecimalFormat;
import java.util.List;
import org.jfree.chart.ChartFactory;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.block.BlockBorder;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.plot.PlotOrientation;
import org.jfree.chart.plot.ValueMarker;
import org.jfree.chart.renderer.category.StandardBarPainter;

/** How many times better than Apache Kafka, as bars on a logarithmic scale that begin at one. Stateless. */
final class Chart {

    private static final int WIDTH = 900;
    private static final int HEAD = 110;
    private static final int BAR = 16;
    private static final int GAP = 14;
    private static final Font FONT = new Font(Font.SANS_SERIF, Font.PLAIN, 12);
    private static final Color GRID = new Color(0xdddddd);

    /** Distinguishable by those who see no colours, too. */
    private static final List<Color> COLORS =
            List.of(new Color(0x0072b2), new Color(0xe69f00), new Color(0x009e73), new Color(0x999999));

    private Chart() {}

    static void write(String title, ChartData data, Path file) throws IOException {
        int height = HEAD + data.bars().getColumnCount() * (data.bars().getRowCount() * BAR + GAP);
        Files.writeString(file, svg(chart(title, data), height));
    }

    static JFreeChart chart(String title, ChartData data) {
        JFreeChart chart = ChartFactory.createBarChart(
                title,
                null,
                "times better than Apache Kafka",
                data.bars(),
                PlotOrientation.HORIZONTAL,
                true,
                false,
                false);
        style(chart, data);
        return chart;
    }

    private static void style(JFreeChart chart, ChartData data) {
        chart.setBackgroundPaint(Color.WHITE);
        chart.getTitle().setFont(FONT.deriveFont(Font.BOLD, 15f));
        chart.getLegend().setItemFont(FONT);
        chart.getLegend().setFrame(BlockBorder.NONE);
        CategoryPlot plot = chart.getCategoryPlot();
        plot.setBackgroundPaint(Color.WHITE);
        plot.setRangeGridlinePaint(GRID);
        plot.setOutlineVisible(false);
        plot.getDomainAxis().setTickLabelFont(FONT);
        plot.getDomainAxis().setMaximumCategoryLabelWidthRatio(0.55f);
        plot.setRangeAxis(axis(data));
        plot.addRangeMarker(new ValueMarker(1, Color.BLACK, new BasicStroke(1)));
        plot.setRenderer(renderer(data));
    }

    private static LogAxis axis(ChartData data) {
        var axis = new LogAxis("times better than Apache Kafka");
        axis.setBase(2);
        axis.setRange(data.least() / 1.3, data.largest() * 1.3);
        axis.setTickUnit(new NumberTickUnit(1));
        axis.setNumberFormatOverride(new DecimalFormat("0.###"));
        axis.setLabelFont(FONT);
        axis.setTickLabelFont(FONT);
        return axis;
    }

    private static WhiskerRenderer renderer(ChartData data) {
        var renderer = new WhiskerRenderer(data);
        renderer.setBarPainter(new StandardBarPainter());
        renderer.setShadowVisible(false);
        renderer.setBase(1);
        renderer.setItemMargin(0.05);
        for (int i = 0; i < data.bars().getRowCount(); i++) renderer.setSeriesPaint(i, COLORS.get(i % COLORS.size()));
        return renderer;
    }

    /** Text without a size has the one that Java means, and looks like the reader's own. */
    private static String readable(String svg) {
        return svg.replaceAll("font-family:&quot;[^&]*&quot;", "font-family:sans-serif")
                .replaceFirst("<svg ", "<svg font-family=\"sans-serif\" font-size=\"12px\" ");
    }

    private static String svg(JFreeChart chart, int height) throws IOException {
        var graphics = new VectorGraphics2D();
        chart.draw(graphics, new Rectangle2D.Double(0, 0, WIDTH, height));
        var bytes = new ByteArrayOutputStream();
        new SVGProcessor()
                .getDocument(graphics.getCommands(), new PageSize(WIDTH, height))
                .writeTo(bytes);
        return readable(bytes.toString(StandardCharsets.UTF_8));
    }
}
