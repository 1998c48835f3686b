/* The side of C in scripts/compare. "field L H W O": ten parallel mean-field sweeps with plain loops, the same
 * work as ours, the way one would write it in C; answers with milliseconds and the largest difference.
 * "peak": GFLOP/s of independent multiply-adds in single precision; "copy": GB/s read and written by memcpy
 * in blocks that no cache holds. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const int DY[4] = {0, 1, 1, 1};
static const int DX[4] = {1, 0, 1, -1};

static float *load(const char *folder, const char *name, const char *kind, size_t n) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s.%s", folder, name, kind);
  FILE *f = fopen(path, "rb");
  float *out = malloc(n * sizeof(float));
  if (!f || fread(out, sizeof(float), n, f) != n) {
    fprintf(stderr, "cannot read %s\n", path);
    exit(1);
  }
  fclose(f);
  return out;
}

/* q = softmax(u) at every pixel. */
static void softmax(const float *restrict u, float *restrict q, int L, int n) {
  for (int p = 0; p < n; p++) {
    float most = u[p], sum = 0;
    for (int l = 1; l < L; l++) most = fmaxf(most, u[l * n + p]);
    for (int l = 0; l < L; l++) sum += q[l * n + p] = expf(u[l * n + p] - most);
    for (int l = 0; l < L; l++) q[l * n + p] /= sum;
  }
}

static void messages(const float *restrict node, const float *restrict w, const float *restrict q,
                     float *restrict u, int O, int L, int H, int W) {
  int n = H * W;
  memcpy(u, node, sizeof(float) * L * n);
  for (int o = 0; o < O; o++)
    for (int back = 0; back < 2; back++) {
      int dy = back ? -DY[o] : DY[o], dx = back ? -DX[o] : DX[o];
      int x0 = dx < 0 ? -dx : 0, x1 = dx > 0 ? W - dx : W;
      for (int y = dy < 0 ? -dy : 0; y < (dy > 0 ? H - dy : H); y++)
        for (int l = 0; l < L; l++) {
          float *restrict out = u + l * n + y * W;
          for (int m = 0; m < L; m++) {
            const float *restrict in = q + m * n + (y + dy) * W + dx;
            float f = w[o * L * L + (back ? m * L + l : l * L + m)];
            for (int x = x0; x < x1; x++) out[x] += f * in[x];
          }
        }
    }
}

#ifdef __AVX512F__
typedef float vector __attribute__((vector_size(64)));
#define WIDTH 16
#else
typedef float vector __attribute__((vector_size(32)));
#define WIDTH 8
#endif
#define TWELVE(M) M(0) M(1) M(2) M(3) M(4) M(5) M(6) M(7) M(8) M(9) M(10) M(11)

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

/* Twelve chains: multiply-adds take four cycles, and two start in each. */
static double peak(void) {
  vector x, y;
  for (int i = 0; i < WIDTH; i++) x[i] = 0.999f, y[i] = 0.001f;
#define DECLARE(i) vector a##i = x * (float)i;
  TWELVE(DECLARE)
  const long n = 4000000;
  double begin = seconds();
  for (long k = 0; k < n; k++) {
#define STEP(i) a##i = a##i * x + y;
    TWELVE(STEP)
    /* Not to be merged with the next round. */
#define HOLD(i) __asm__ volatile("" : "+v"(a##i));
    TWELVE(HOLD)
  }
  double took = seconds() - begin;
  return 2.0 * 12 * WIDTH * n / took / 1e9;
}

static double copy(void) {
  static char *from, *to;
  const size_t n = 64 << 20;
  if (!from) from = calloc(n, 1), to = calloc(n, 1), memset(from, 1, n), memset(to, 1, n);
  double begin = seconds();
  memcpy(to, from, n);
  double took = seconds() - begin;
  from[to[n / 2]] = 1;
  return 2.0 * n / took / 1e9;
}

int main(int argc, char **argv) {
  char line[256], name[256];
  int O, L, H, W;
  while (fgets(line, sizeof line, stdin)) {
    if (!strncmp(line, "peak", 4) || !strncmp(line, "copy", 4)) {
      printf("%.2f\n", line[0] == 'p' ? peak() : copy());
      fflush(stdout);
      continue;
    }
    if (argc < 2 || sscanf(line, "field %d %d %d %d", &L, &H, &W, &O) != 4) {
      puts("nan");
      fflush(stdout);
      continue;
    }
    size_t n = (size_t)L * H * W;
    snprintf(name, sizeof name, "field-%d-%d-%d-%d", O, L, H, W);
    float *node = load(argv[1], name, "node", n), *w = load(argv[1], name, "weights", (size_t)O * L * L);
    float *theirs = load(argv[1], name, "marginals", n);
    float *q = malloc(n * sizeof(float)), *u = malloc(n * sizeof(float));
    struct timespec a, b;
    softmax(node, q, L, H * W);
    clock_gettime(CLOCK_MONOTONIC, &a);
    for (int sweep = 0; sweep < 10; sweep++) {
      messages(node, w, q, u, O, L, H, W);
      softmax(u, q, L, H * W);
    }
    clock_gettime(CLOCK_MONOTONIC, &b);
    double worst = 0;
    for (size_t i = 0; i < n; i++) worst = fmax(worst, fabs((double)q[i] - theirs[i]));
    printf("%.3f %.2e\n", (b.tv_sec - a.tv_sec) * 1e3 + (b.tv_nsec - a.tv_nsec) / 1e6, worst);
    fflush(stdout);
    free(node), free(w), free(theirs), free(q), free(u);
  }
  return 0;
}
