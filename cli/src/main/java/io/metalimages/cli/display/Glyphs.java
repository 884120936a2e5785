package io.metalimages.cli.display;

import java.nio.charset.Charset;

/** The signs that the display is drawn with: handsome ones, or ASCII where the locale has no others. */
public record Glyphs(
        String running,
        String done,
        String cached,
        String failed,
        String note,
        String separator,
        String arrow,
        String rule,
        String ellipsis,
        String barDone,
        String barToDo) {

    public static final Glyphs UNICODE = new Glyphs("▸", "✓", "≡", "✗", "•", " · ", "→", "│", "…", "█", "░");
    static final Glyphs ASCII = new Glyphs(">", "+", "=", "x", "*", " - ", "->", "|", "...", "#", ".");

    static Glyphs in(Charset charset) {
        return charset.canEncode() && charset.newEncoder().canEncode("▸✓≡✗•·→│…█░") ? UNICODE : ASCII;
    }
}
