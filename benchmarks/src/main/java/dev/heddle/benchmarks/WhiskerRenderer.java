package dev.heddle.benchmarks;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import org.jfree.chart.axis.CategoryAxis;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.renderer.category.BarRenderer;
import org.jfree.chart.renderer.category.CategoryItemRendererState;
import org.jfree.data.category.CategoryDataset;

/** Horizontal bars of medians, each with a line from the least to the largest value. One thread uses it. */
final class WhiskerRenderer extends BarRenderer {

    private static final long serialVersionUID = 1L;

    private final transient ChartData data;

    WhiskerRenderer(ChartData data) {
        this.data = data;
    }

    @Override
    public void drawItem(
            Graphics2D graphics,
            CategoryItemRendererState state,
            Rectangle2D area,
            CategoryPlot plot,
            CategoryAxis domainAxis,
            ValueAxis rangeAxis,
            CategoryDataset dataset,
            int row,
            int column,
            int pass) {
        super.drawItem(graphics, state, area, plot, domainAxis, rangeAxis, dataset, row, column, pass);
        Spread spread = data.spread(row, column);
        if (spread == null) return;
        double start = calculateBarW0(plot, plot.getOrientation(), area, domainAxis, state, row, column);
        double middle = start + state.getBarWidth() / 2;
        double from = rangeAxis.valueToJava2D(spread.min(), area, plot.getRangeAxisEdge());
        double to = rangeAxis.valueToJava2D(spread.max(), area, plot.getRangeAxisEdge());
        graphics.setPaint(Color.DARK_GRAY);
        graphics.setStroke(new BasicStroke(1.5f));
        graphics.draw(new Line2D.Double(from, middle, to, middle));
    }
}
