/** Estimators, models and evaluators of spark.ml, over columns of Spark's own image schema. */
package org.deepgm.ml;
