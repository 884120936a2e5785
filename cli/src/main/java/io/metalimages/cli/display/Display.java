package io.metalimages.cli.display;

import io.metalimages.artifact.export.Artifact;
import io.metalimages.common.FaultException;
import io.metalimages.pipeline.PipelineListener;
import java.time.Instant;

/** Shows the work while it goes on, image after image, on standard error. Thread-safe. */
public sealed interface Display extends PipelineListener, AutoCloseable
        permits LiveDisplay, PlainDisplay, RawJsonDisplay, SilentDisplay {

    /** What is said of an artifact that was made before from the same. */
    String UP_TO_DATE = "the artifact is up to date";

    /**
     * Opens the one that the options and context ask for. Until it is closed it is redrawn beside the work, and learns when the
     * user interrupts that.
     */
    static Display open(OutputOptions options, CommandContext context) {
        Display display = choose(options, context);
        Ticker.start(display);
        context.interruption().watch(display::interrupted);
        return display;
    }

    private static Display choose(OutputOptions options, CommandContext context) {
        if (options.quiet() || options.progressMode() == OutputOptions.ProgressMode.QUIET) {
            return new SilentDisplay();
        }
        if (options.progressMode() == OutputOptions.ProgressMode.RAWJSON) {
            return new RawJsonDisplay(context.errors(), Instant::now);
        }
        boolean terminal = Terminal.size(Terminal.Stream.ERRORS).isPresent();
        boolean live = switch (options.progressMode()) {
            case AUTO -> terminal && context.allowsControlSequences();
            case PLAIN, RAWJSON, QUIET -> false;
            case TTY -> true;
        };
        if (live && !terminal) {
            throw FaultException.wrongInput(
                    "--progress tty needs a terminal on standard error, and there is none.",
                    "Leave the option out, or use --progress plain.");
        }
        OutputStyle outputStyle = context.styleOfErrors();
        return live
                ? new LiveDisplay(
                        context.errors(),
                        () -> Terminal.size(Terminal.Stream.ERRORS).orElse(Terminal.Size.USUAL),
                        System::nanoTime,
                        outputStyle,
                        options.verbose())
                : new PlainDisplay(context.errors(), System::nanoTime, outputStyle.glyphs(), options.verbose());
    }

    /**
     * What is reported from now on belongs to {@code image}.
     *
     * @param work what is done with it, in one word: {@code building}
     */
    void begin(String image, String work);

    /**
     * Is called again and again while the work goes on, so that the display can show the time passing.
     *
     * @return whether there is more to show; false once it is closed
     */
    boolean tick();

    /** The user wants the work to stop; what follows is cleaning up. */
    void interrupted();

    /** Leaves the terminal as other programs expect it. What is reported afterwards is not shown. */
    @Override
    void close();

    /** What is said of a finished export in one line. */
    static String summary(Artifact artifact, Glyphs glyphs) {
        return "exported " + Quantity.bytes(artifact.tarBytes()) + " " + glyphs.arrow() + " "
                + Quantity.bytes(artifact.tarballBytes()) + ", "
                + Quantity.share(artifact.blocksFromCache(), artifact.blocks()) + " of "
                + Quantity.count(artifact.blocks(), "block") + " cached";
    }
}
