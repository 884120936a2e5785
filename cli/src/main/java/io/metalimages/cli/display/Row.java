package io.metalimages.cli.display;

/** One row for a terminal, put together from the left, that never gets wider than it may be. */
public final class Row {

    private final OutputStyle outputStyle;
    private final StringBuilder text = new StringBuilder();
    private int room;
    private int columns;

    /** @param columns the most that the row may take */
    public Row(int columns, OutputStyle outputStyle) {
        this.room = Math.max(0, columns);
        this.outputStyle = outputStyle;
    }

    /** Adds {@code addition}, cut to what there is room for. Nothing can be added after something was cut. */
    public Row add(Style style, String addition) {
        String fitting = DisplayText.fitted(addition, room, outputStyle.glyphs().ellipsis());
        append(style, fitting);
        if (!fitting.equals(addition)) {
            room = 0;
        }
        return this;
    }

    /** Adds {@code addition} if there is room for all of it. */
    Row addWhole(Style style, String addition) {
        if (DisplayText.columns(addition) <= room) {
            append(style, addition);
        }
        return this;
    }

    private void append(Style style, String addition) {
        int added = DisplayText.columns(addition);
        room -= added;
        columns += added;
        text.append(outputStyle.styled(style, addition));
    }

    int room() {
        return room;
    }

    /** The columns that the row takes. */
    int columns() {
        return columns;
    }

    /** The row with its styles, without a line end. */
    @Override
    public String toString() {
        return text.toString();
    }
}
