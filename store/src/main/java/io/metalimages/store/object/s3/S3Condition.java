package io.metalimages.store.object.s3;

/** Under which condition a server is to accept an object. */
sealed interface S3Condition {

    /** Under any: the server knows no conditions. */
    record None() implements S3Condition {}

    /** There is none of its key. */
    record Absent() implements S3Condition {}

    /** There is one with this ETag. */
    record Version(String eTag) implements S3Condition {}
}
