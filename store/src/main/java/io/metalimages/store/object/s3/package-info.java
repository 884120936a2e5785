/**
 * A store in a bucket of Amazon S3, or of another server that speaks its protocol; what such servers lack is found out, and done
 * without. Start reading at {@code S3Store}.
 */
@NullMarked
package io.metalimages.store.object.s3;

import org.jspecify.annotations.NullMarked;
