package io.sandjar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Every command of docs/lab-tour.md works, and shows what the tour says that it shows. */
class LabTourIT {
  private static final Pattern BLOCK =
      Pattern.compile("^```(sh|text)\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

  /** Commands, and the blocks of output that follow them. */
  private record Step(String commands, List<String> shown) {}

  @Test
  void everyCommandOfTheTourShowsWhatItSays() throws IOException, InterruptedException {
    assertEquals("root", System.getProperty("user.name"), "the lab makes namespaces: needs root");
    List<Step> steps = steps(Files.readString(Lab.checkout().resolve("docs/lab-tour.md")));
    assertTrue(steps.size() > 10, "the tour has " + steps.size() + " steps");
    try (Lab lab = new Lab()) {
      for (Step step : steps) {
        String said = lab.run(step.commands());
        for (String shown : step.shown()) {
          assertShows(step.commands(), shown, said);
        }
      }
      assertEquals("", lab.remains());
    }
  }

  private static List<Step> steps(String tour) {
    List<Step> steps = new ArrayList<>();
    Matcher block = BLOCK.matcher(tour);
    while (block.find()) {
      if (block.group(1).equals("sh")) {
        steps.add(new Step(block.group(2), new ArrayList<>()));
      } else {
        steps.get(steps.size() - 1).shown().add(block.group(2));
      }
    }
    return steps;
  }

  /** Its lines come in this order, maybe with others between; spaces and {@code ...} stretch. */
  private static void assertShows(String commands, String shown, String said) {
    int from = 0;
    for (String line : shown.strip().split("\n")) {
      String regex =
          Arrays.stream(line.strip().split("\\.\\.\\.", -1))
              .map(
                  part ->
                      Arrays.stream(part.split(" +", -1))
                          .map(word -> word.isEmpty() ? "" : Pattern.quote(word))
                          .collect(Collectors.joining("[ \\t]+")))
              .collect(Collectors.joining(".*"))
              // A "..." that ends a line may stand for nothing at all, its space included.
              .replaceAll("\\Q[ \\t]+.*\\E$", ".*");
      Matcher found = Pattern.compile(regex).matcher(said);
      if (!found.find(from)) {
        fail(commands + "should show\n" + line + "\nbut showed\n" + said);
      }
      from = found.end();
    }
  }
}
