package io.metalimages.supplychain.signature;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A block of a PEM file, RFC 7468.
 *
 * @param label {@code PRIVATE KEY}
 * @param text the content in Base64, with line breaks
 */
record PemBlock(String label, String text) {

    private static final Pattern FORM =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,40})-----\\s([A-Za-z0-9+/=\\s]*)-----END \\1-----");

    /** All blocks in a text; what is no block is passed over. */
    static List<PemBlock> parse(String pem) {
        List<PemBlock> blocks = new ArrayList<>();
        Matcher block = FORM.matcher(pem);
        while (block.find()) {
            blocks.add(new PemBlock(block.group(1), block.group(2)));
        }
        return blocks;
    }

    /** @throws IllegalArgumentException if it is not Base64 */
    byte[] content() {
        return Base64.getMimeDecoder().decode(text);
    }

    /** What a message may say of a block. */
    static String shown(String label) {
        return label.toLowerCase(Locale.ROOT);
    }
}
