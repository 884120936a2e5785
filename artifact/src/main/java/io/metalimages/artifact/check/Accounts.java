package io.metalimages.artifact.check;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/** The numbers behind the names in an image's {@code /etc/passwd} or {@code /etc/group}. */
final class Accounts {

    private final Map<String, Long> numbers = new HashMap<>();

    /** @param database the content of the file */
    Accounts(byte[] database) {
        for (String line : new String(database, StandardCharsets.ISO_8859_1).split("\n")) {
            String[] fields = line.split(":", -1);
            if (fields.length > 2 && fields[2].matches("[0-9]{1,10}")) {
                numbers.putIfAbsent(fields[0], Long.parseLong(fields[2]));
            }
        }
    }

    /** The number of a name, or of a number itself; nothing if the name is unknown. */
    OptionalLong find(String name) {
        if (name.matches("[0-9]{1,10}")) {
            return OptionalLong.of(Long.parseLong(name));
        }
        Long number = name.equals("root") ? Long.valueOf(0) : numbers.get(name);
        return number == null ? OptionalLong.empty() : OptionalLong.of(number);
    }
}
