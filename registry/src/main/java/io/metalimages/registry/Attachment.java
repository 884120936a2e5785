package io.metalimages.registry;

import io.metalimages.common.FaultException;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A file that is to refer to an image: a bill of materials, a provenance.
 *
 * @param type what it is, {@code application/vnd.cyclonedx+json}; both the type of the file and of the referrer
 * @param annotations of the referrer's manifest; the same file with the same annotations is the same referrer
 */
public record Attachment(Path file, String type, Map<String, String> annotations) {

    /** RFC 6838, section 4.2. */
    private static final Pattern TYPE =
            Pattern.compile("[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}");

    /**
     * Looks at the form.
     *
     * @throws FaultException if {@code type} is no media type
     */
    public Attachment {
        annotations = Map.copyOf(annotations);
        if (!TYPE.matcher(type).matches()) {
            throw FaultException.wrongInput(
                    "\"" + type + "\" is no media type.", "Give one such as application/vnd.cyclonedx+json.");
        }
    }
}
