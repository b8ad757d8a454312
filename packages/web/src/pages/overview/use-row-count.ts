import { type RefObject, useEffect, useRef, useState } from 'react';

const LEAST = 6;
const MOST = 24;

/** How many rows each of the two tables above each other has room for, so that the page needs no scrolling. */
export function useRowCount(): [RefObject<HTMLDivElement | null>, number] {
  const ref = useRef<HTMLDivElement>(null);
  const [rows, setRows] = useState(LEAST);
  useEffect(() => {
    const measure = (): void => {
      const element = ref.current;
      if (!element) return;
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
      const row = Number.parseFloat(getComputedStyle(element).getPropertyValue('--row')) * rem;
      // Two heads of 30 px, the gap between, the page's edge, four borders.
      const around = (2 * 1.875 + 0.625 + 0.75) * rem + 4;
      const room = window.innerHeight - element.getBoundingClientRect().top - window.scrollY - around;
      setRows(Math.min(MOST, Math.max(LEAST, Math.floor(room / 2 / row))));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  });
  return [ref, rows];
}
