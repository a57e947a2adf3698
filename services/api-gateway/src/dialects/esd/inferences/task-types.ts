/** What ESD calls the kinds of jobs: a job type of the engine each. */
export const taskTypes = ['txt2img', 'img2img', 'extra-single-image', 'extra-batch-images', 'rembg'] as const;
export type TaskType = (typeof taskTypes)[number];
