package io.metalimages.cli.display;

import io.metalimages.engine.Step;

/** What the place that text is written to can show. */
public record OutputStyle(Glyphs glyphs, boolean colour) {

    public String styled(Style style, String text) {
        return colour ? style.applied(text) : text;
    }

    /** What stands before a line of a step's output, so that steps that run side by side can be told apart. */
    String outputPrefix(Step step) {
        return "%3d %s ".formatted(step.number(), glyphs.rule());
    }
}
