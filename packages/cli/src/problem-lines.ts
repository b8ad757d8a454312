import { formatProblems, type JobDetail } from '@dopq/contract';
import { cleanText } from './terminal-text.ts';

/** What a rejected job's owner has to mend, in the words of the receipt; none if nothing is wrong. */
export function problemLines({ problems }: Pick<JobDetail, 'problems'>): string[] {
  return problems.length === 0 ? [] : ['', ...cleanText(formatProblems(problems)).split('\n')];
}
