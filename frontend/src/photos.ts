/** Photos are made small enough to travel on a bad line before they are sent or kept. */

export const MOST_BYTES = 2 * 1024 * 1024;
export const LONGEST_SIDE = 2560;

/** Width and height that fit into `longest`, never enlarged. */
export function fitted(width: number, height: number, longest = LONGEST_SIDE): { width: number; height: number } {
  const scale = Math.min(1, longest / Math.max(width, height, 1));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Attempts in order: first less quality, then fewer pixels. */
export const ATTEMPTS: readonly { longest: number; quality: number }[] = [
  { longest: LONGEST_SIDE, quality: 0.86 },
  { longest: LONGEST_SIDE, quality: 0.72 },
  { longest: 1920, quality: 0.72 },
  { longest: 1600, quality: 0.64 },
  { longest: 1280, quality: 0.6 },
];

export class NotAPhoto extends Error {}

/** The photo in at most 2 MB (JPEG, upright). Small images stay as they are. Throws NotAPhoto when the file cannot be shown. */
export async function shrink(file: Blob, most = MOST_BYTES): Promise<Blob> {
  if (file.size <= most && /^image\/(jpeg|png|webp)$/.test(file.type)) return file;
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new NotAPhoto();
  }
  try {
    let best: Blob | null = null;
    for (const { longest, quality } of ATTEMPTS) {
      const size = fitted(picture.width, picture.height, longest);
      const canvas = Object.assign(document.createElement("canvas"), size);
      canvas.getContext("2d")?.drawImage(picture, 0, 0, size.width, size.height);
      best = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", quality));
      if (best && best.size <= most) return best;
    }
    if (!best) throw new NotAPhoto();
    return best;
  } finally {
    picture.close();
  }
}
