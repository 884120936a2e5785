package io.metalimages.dockerfile;

/** Foreign text for a message: short, and harmless to a terminal. */
public final class Excerpt {

    private static final int LONGEST = 60;

    private Excerpt() {}

    /** The text in quotes, cut after 60 characters, with a replacement character for each control character. */
    public static String of(String text) {
        StringBuilder excerpt = new StringBuilder("\"");
        int[] codePoints = text.codePoints().limit(LONGEST + 1L).toArray();
        for (int position = 0; position < Math.min(codePoints.length, LONGEST); position++) {
            int codePoint = codePoints[position];
            excerpt.appendCodePoint(isHarmless(codePoint) ? codePoint : '\uFFFD');
        }
        return excerpt.append(codePoints.length > LONGEST ? "…\"" : "\"").toString();
    }

    private static boolean isHarmless(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.LINE_SEPARATOR -> false;
            default -> true;
        };
    }
}
