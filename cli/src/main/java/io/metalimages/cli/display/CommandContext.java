package io.metalimages.cli.display;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a command finds around it.
 *
 * @param output takes results
 * @param errors takes everything else
 * @param home the checkout that the program was started from
 */
public record CommandContext(
        Map<String, String> environment, PrintStream output, PrintStream errors, Path home, Interruption interruption) {

    /** Where the definitions are. */
    public Path definitions() {
        return home.resolve("os");
    }

    /** How results may look. */
    public OutputStyle styleOfOutput() {
        return outputStyle(output, Terminal.Stream.OUTPUT);
    }

    /** How progress and problems may look. */
    public OutputStyle styleOfErrors() {
        return outputStyle(errors, Terminal.Stream.ERRORS);
    }

    private OutputStyle outputStyle(PrintStream stream, Terminal.Stream kind) {
        boolean colour = allowsControlSequences() && Terminal.size(kind).isPresent() && !isSet("NO_COLOR");
        return new OutputStyle(Glyphs.in(stream.charset()), colour);
    }

    /** Whether a terminal, where there is one, may be given control sequences without having been asked to. */
    boolean allowsControlSequences() {
        return !isSet("CI") && isSet("TERM") && !"dumb".equals(environment.get("TERM"));
    }

    /** Whether a variable is set to anything, as {@code NO_COLOR} and {@code CI} are asked for. */
    public boolean isSet(String variable) {
        return !environment.getOrDefault(variable, "").isEmpty();
    }
}
