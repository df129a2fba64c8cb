package bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Bars of factors on a logarithmic scale, as SVG. */
final class Chart {
  private static final int ROW = 26;
  private static final int LABELS = 230;
  private static final int WIDTH = 420;
  private static final int TOP = 54;
  private static final double LEAST = 0.5;

  private record Bar(String what, double factor, double goal, String note) {}

  private final String title;
  private final List<Bar> bars = new ArrayList<>();

  Chart(String title) {
    this.title = title;
  }

  /**
   * @param goal marked on the bar; 0 for none
   */
  void bar(String what, double factor, double goal, String note) {
    bars.add(new Bar(what, factor, goal, note));
  }

  String toSvg() {
    double most = 10;
    for (var bar : bars) {
      most = Math.max(most, Math.max(bar.factor, bar.goal) * 1.3);
    }
    int height = TOP + bars.size() * ROW + 20;
    var svg = new StringBuilder();
    line(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
            + " font-family=\"sans-serif\" font-size=\"12\">",
        LABELS + WIDTH + 230,
        height);
    line(svg, "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>");
    line(svg, "<text x=\"10\" y=\"20\" font-size=\"15\">%s</text>", escaped(title));
    for (double tick : new double[] {0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500}) {
      if (tick <= most) {
        tick(svg, tick, x(tick, most), height);
      }
    }
    for (int i = 0; i < bars.size(); i++) {
      bar(svg, bars.get(i), TOP + i * ROW, most);
    }
    return svg.append("</svg>\n").toString();
  }

  private static void tick(StringBuilder svg, double tick, double x, int height) {
    line(
        svg,
        "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"%s\"/>",
        x,
        TOP - 6,
        x,
        height - 16,
        tick == 1 ? "#444" : "#ddd");
    line(
        svg,
        "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#666\">%s</text>",
        x,
        TOP - 10,
        tick == Math.rint(tick) ? "%.0f".formatted(tick) : "%.1f".formatted(tick));
  }

  private static void bar(StringBuilder svg, Bar bar, int y, double most) {
    double one = x(1, most);
    double end = x(bar.factor, most);
    line(
        svg,
        "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>",
        LABELS - 8,
        y + 15,
        escaped(bar.what));
    line(
        svg,
        "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"16\" fill=\"%s\"/>",
        Math.min(one, end),
        y + 3,
        Math.abs(end - one),
        bar.factor >= Math.max(1, bar.goal) ? "#3a7d44" : "#c58b2a");
    if (bar.goal > 0) {
      double at = x(bar.goal, most);
      line(
          svg,
          "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"black\""
              + " stroke-width=\"2\"/>",
          at,
          y + 1,
          at,
          y + 21);
    }
    line(
        svg,
        "<text x=\"%.1f\" y=\"%d\">%.1f× <tspan fill=\"#666\">%s</tspan></text>",
        Math.max(one, end) + 6,
        y + 15,
        bar.factor,
        escaped(bar.note));
  }

  private static double x(double factor, double most) {
    double share = Math.log(Math.max(factor, LEAST) / LEAST) / Math.log(most / LEAST);
    return LABELS + WIDTH * share;
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;");
  }

  private static void line(StringBuilder svg, String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
