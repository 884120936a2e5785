/** A store in a bucket of Google Cloud Storage, by its JSON API. Start reading at {@code GoogleStore}. */
@NullMarked
package io.metalimages.store.object.gcs;

import org.jspecify.annotations.NullMarked;
