package io.metalimages.cli.output;

import io.metalimages.cli.display.OutputStyle;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** What came of a command, as people and programs are told of it. */
public interface Result {

    /** Lines for people. */
    List<String> text(OutputStyle outputStyle) throws IOException;

    /** The lines that {@code --quiet} leaves: as a rule where the result is. */
    List<String> brief();

    /** The array of the JSON object that this is an element of; empty if its members are the object's own. */
    default Optional<String> array() {
        return Optional.empty();
    }

    /** What programs are told: a record, see {@link Json}. */
    Object json() throws IOException;
}
