package io.metalimages.cli.display;

/** How a piece of text looks on a terminal with colours: ECMA-48's "select graphic rendition". */
public enum Style {
    PLAIN(""),
    BOLD("1"),
    FAINT("2"),
    RED("31"),
    BOLD_RED("1;31"),
    GREEN("32"),
    CYAN("36");

    private final String parameters;

    Style(String parameters) {
        this.parameters = parameters;
    }

    String applied(String text) {
        return parameters.isEmpty() || text.isEmpty() ? text : "\u001b[" + parameters + "m" + text + "\u001b[0m";
    }
}
