package io.metalimages.cli;

import io.metalimages.engine.FaultException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a command finds around it.
 *
 * @param output takes results
 * @param errors takes everything else
 * @param home the checkout that the program was started from
 */
record Surroundings(
        Map<String, String> environment, PrintStream output, PrintStream errors, Path home, Interruption interruption) {

    /** Where the definitions are. */
    Path definitions() {
        return home.resolve("os");
    }

    /**
     * Containers and mounts need root, if only in a user namespace.
     *
     * @throws FaultException if this process isn't root
     */
    void requireRoot() throws IOException {
        if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
            throw FaultException.missing(
                    "Only root can do this, at least the root of a user namespace.",
                    "Start the program by its launcher, ./metal-images, which makes one.");
        }
    }

    /** How progress is shown here. */
    Display display(OutputOptions options) {
        if (options.quiet()) {
            return new SilentDisplay();
        }
        boolean terminal = Terminal.size(Terminal.Stream.ERRORS).isPresent();
        boolean live = switch (options.style()) {
            case AUTO -> terminal && allowsControlSequences();
            case PLAIN -> false;
            case TTY -> true;
        };
        if (live && !terminal) {
            throw FaultException.wrongInput(
                    "--progress tty needs a terminal on standard error, and there is none.",
                    "Leave the option out, or use --progress plain.");
        }
        Look look = lookOfErrors();
        return live
                ? new LiveDisplay(
                        errors,
                        () -> Terminal.size(Terminal.Stream.ERRORS).orElse(Terminal.Size.USUAL),
                        System::nanoTime,
                        look,
                        options.verbose())
                : new PlainDisplay(errors, System::nanoTime, look.glyphs(), options.verbose());
    }

    /** How results may look. */
    Look lookOfOutput() {
        return look(output, Terminal.Stream.OUTPUT);
    }

    /** How progress and problems may look. */
    Look lookOfErrors() {
        return look(errors, Terminal.Stream.ERRORS);
    }

    private Look look(PrintStream stream, Terminal.Stream kind) {
        boolean colour = allowsControlSequences() && Terminal.size(kind).isPresent() && !isSet("NO_COLOR");
        return new Look(Glyphs.in(stream.charset()), colour);
    }

    /** Whether a terminal, where there is one, may be given control sequences without having been asked to. */
    boolean allowsControlSequences() {
        return !isSet("CI") && isSet("TERM") && !"dumb".equals(environment.get("TERM"));
    }

    /** Whether a variable is set to anything, as {@code NO_COLOR} and {@code CI} are asked for. */
    boolean isSet(String variable) {
        return !environment.getOrDefault(variable, "").isEmpty();
    }
}
